import Table from 'cli-table3';
import {
  type QuotaCheck,
  quotaIncreaseCommand,
  recommendSettings,
  type Traffic,
} from './capacity.ts';
import type { ResourceUsage } from './order-usage.ts';

/**
 * Formats the result of the preflight: each quota with its verdict, the commands for quotas that
 * are too small, and the settings.
 */
export function formatPreflight(
  { ordersPerSecond, abandonedPercent, readsPerOrder }: Traffic,
  region: string,
  load: ResourceUsage,
  checks: readonly QuotaCheck[],
): string {
  const table = new Table({
    head: ['service', 'quota', 'has', 'needs', 'verdict'],
    colAligns: ['left', 'left', 'right', 'right', 'left'],
    style: { head: [], border: [] },
  });
  for (const { service, name, required, quota, verdict } of checks) {
    const has =
      quota === undefined
        ? '?'
        : `${formatNumber(quota.value)}${quota.isDefault ? ' (default)' : ''}`;
    table.push([service, name, has, formatNumber(required), verdict]);
  }
  const commands = checks.flatMap((one) => quotaIncreaseCommand(one, region) ?? []);
  const unknown = checks.filter(({ verdict }) => verdict === 'unknown');
  const settings = recommendSettings(load);
  return [
    `${formatNumber(ordersPerSecond)} completed orders a second in ${region}; ${abandonedPercent}% of those placed are abandoned, ${readsPerOrder} reads of each`,
    table.toString(),
    ...(commands.length === 0
      ? []
      : ['Request these quotas from AWS. Each takes minutes to days:', ...commands]),
    ...unknown.map(
      ({ service, name }) =>
        `Service Quotas does not list "${name}" of ${service} here. Look it up in the console.`,
    ),
    Object.keys(settings).length === 0
      ? 'The default settings are enough.'
      : `Settings for config/<stage>.json:\n${JSON.stringify(settings, null, 2)}`,
    'New accounts may have lower quotas than the defaults. DynamoDB units are for orders of two lines without contention.',
  ].join('\n\n');
}

const formatNumber = (value: number): string => value.toLocaleString('en').replaceAll(',', ' ');
