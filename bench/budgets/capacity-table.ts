import {
  ABANDONED_PERCENT,
  ceil,
  LOOKS_PER_ORDER,
  loadOf,
  QUOTAS,
  settingsFor,
} from '../../cli/preflight/capacity.ts';
import { row } from './page.ts';

const ORDERS_PER_SECOND = [1, 100, 1_000];

/** Returns what rates of orders need of the account, and the settings for them: a quota or a setting a row. */
export function capacityTable(): string {
  const loads = ORDERS_PER_SECOND.map((ordersPerSecond) =>
    loadOf({
      ordersPerSecond,
      abandonedPercent: ABANDONED_PERCENT,
      looksPerOrder: LOOKS_PER_ORDER,
    }),
  );
  const settings = loads.map(settingsFor);
  const keys = [...new Set(settings.flatMap(Object.keys))];
  return [
    row(['completed orders a second', ...ORDERS_PER_SECOND.map(inWords)]),
    row(['---', ...ORDERS_PER_SECOND.map(() => '---')]),
    ...QUOTAS.map(({ service, name, needed }) =>
      row([`${service}: ${name}`, ...loads.map((load) => inWords(ceil(needed(load))))]),
    ),
    ...keys.map((key) => row([`\`${key}\``, ...settings.map((one) => one[key] ?? 'default')])),
    '',
  ].join('\n');
}

const inWords = (value: number): string => value.toLocaleString('en').replaceAll(',', ' ');
