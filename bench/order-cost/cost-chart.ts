import { stackedBarChart } from '../charts.ts';
import type { OrderCost, Service } from './cost.ts';
import { sumOf } from './usage.ts';

/** Services by part of the bar: one part for each colour that everyone can distinguish. */
const CHART_PARTS: Readonly<Record<string, readonly Service[]>> = {
  'Step Functions': ['Step Functions'],
  DynamoDB: ['DynamoDB writes', 'DynamoDB reads'],
  'EventBridge, SQS': ['EventBridge', 'SQS and SNS'],
  HTTP: ['HTTP'],
  Lambda: ['Lambda requests', 'Lambda time'],
  logs: ['logs'],
  'X-Ray': ['X-Ray'],
};
/** Returns the chart of costs per million orders, with one bar for each pair of name and cost. */
export const createCostChart = (
  title: string,
  subtitle: string,
  costs: readonly (readonly [string, OrderCost])[],
): string =>
  stackedBarChart({
    title,
    subtitle,
    valueName: 'USD per million completed orders',
    horizontal: true,
    categories: costs.map(([name]) => name),
    series: Object.entries(CHART_PARTS).map(([name, services]) => ({
      name,
      values: costs.map(([, cost]) =>
        Number(sumOf(services, (service) => cost[service]).toFixed(2)),
      ),
    })),
  });
