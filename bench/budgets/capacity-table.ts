import {
  ABANDONED_PERCENT,
  loadFor,
  QUOTA_REQUIREMENTS,
  READS_PER_ORDER,
  recommendSettings,
  roundUp,
} from '../../cli/preflight/capacity.ts';
import { tableRow } from './performance-page.ts';

const ORDERS_PER_SECOND = [1, 100, 1_000];

/** Returns the quotas and settings that rates of orders need, one quota or setting per row. */
export function renderCapacityTable(): string {
  const loads = ORDERS_PER_SECOND.map((ordersPerSecond) =>
    loadFor({
      ordersPerSecond,
      abandonedPercent: ABANDONED_PERCENT,
      readsPerOrder: READS_PER_ORDER,
    }),
  );
  const settings = loads.map(recommendSettings);
  const keys = [...new Set(settings.flatMap(Object.keys))];
  return [
    tableRow(['completed orders a second', ...ORDERS_PER_SECOND.map(formatNumber)]),
    tableRow(['---', ...ORDERS_PER_SECOND.map(() => '---')]),
    ...QUOTA_REQUIREMENTS.map(({ service, name, requiredFor }) =>
      tableRow([
        `${service}: ${name}`,
        ...loads.map((load) => formatNumber(roundUp(requiredFor(load)))),
      ]),
    ),
    ...keys.map((key) => tableRow([`\`${key}\``, ...settings.map((one) => one[key] ?? 'default')])),
    '',
  ].join('\n');
}

const formatNumber = (value: number): string => value.toLocaleString('en').replaceAll(',', ' ');
