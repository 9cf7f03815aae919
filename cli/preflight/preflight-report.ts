import Table from 'cli-table3';
import { type Checked, requestCommand, settingsFor, type Traffic } from './capacity.ts';
import type { Needs } from './order-needs.ts';

/** Returns what a person reads: each quota with its verdict, the commands for those that are too small, and the settings. */
export function preflightReport(
  { ordersPerSecond, abandonedPercent, looksPerOrder }: Traffic,
  region: string,
  load: Needs,
  checked: readonly Checked[],
): string {
  const table = new Table({
    head: ['service', 'quota', 'has', 'needs', 'verdict'],
    colAligns: ['left', 'left', 'right', 'right', 'left'],
    style: { head: [], border: [] },
  });
  for (const { service, name, needed, quota, verdict } of checked) {
    const has =
      quota === undefined ? '?' : `${inWords(quota.value)}${quota.isDefault ? ' (default)' : ''}`;
    table.push([service, name, has, inWords(needed), verdict]);
  }
  const commands = checked.flatMap((one) => requestCommand(one, region) ?? []);
  const unknown = checked.filter(({ verdict }) => verdict === 'unknown');
  const settings = settingsFor(load);
  return [
    `${inWords(ordersPerSecond)} completed orders a second in ${region}; ${abandonedPercent}% of those placed are abandoned, ${looksPerOrder} looks at each`,
    table.toString(),
    ...(commands.length === 0
      ? []
      : ['Ask AWS for these; each takes minutes to days:', ...commands]),
    ...unknown.map(
      ({ service, name }) =>
        `Service Quotas does not list "${name}" of ${service} here: look it up in the console.`,
    ),
    Object.keys(settings).length === 0
      ? 'The default settings are enough.'
      : `Settings for config/<stage>.json:\n${JSON.stringify(settings, null, 2)}`,
    'New accounts may have less than a default says. DynamoDB units are of orders of two lines without contention.',
  ].join('\n\n');
}

const inWords = (value: number): string => value.toLocaleString('en').replaceAll(',', ' ');
