import { readFileSync } from 'node:fs';
import { App } from 'aws-cdk-lib';
import { describe, expect, test } from 'vitest';
import { renderCapacityTable } from '../../../bench/budgets/capacity-table.ts';
import { insertTable, PERFORMANCE_PAGE } from '../../../bench/budgets/performance-page.ts';
import {
  ABANDONED_PERCENT,
  checkQuotas,
  loadFor,
  QUOTA_REQUIREMENTS,
  type Quota,
  quotaIncreaseCommand,
  READS_PER_ORDER,
  recommendSettings,
} from '../../../cli/preflight/capacity.ts';
import { readMeasuredUsage } from '../../../cli/preflight/order-usage.ts';
import { formatPreflight } from '../../../cli/preflight/preflight-report.ts';
import { NEW_TABLE_UNITS } from '../../../lib/config/capacity.ts';
import { loadConfig } from '../../../lib/config.ts';

const traffic = (ordersPerSecond: number, over: object = {}) => ({
  ordersPerSecond,
  abandonedPercent: ABANDONED_PERCENT,
  readsPerOrder: READS_PER_ORDER,
  ...over,
});
const all =
  (value: number): (() => Quota) =>
  () => ({ value, isDefault: false, code: 'L-1' });

describe('the usage of an order', () => {
  const operations: Record<string, Record<string, number>> = JSON.parse(
    readFileSync('bench/budgets/dynamodb-usage.json', 'utf8'),
  );

  test('adds up to the whole order on each table', () => {
    const { tables } = readMeasuredUsage().completed;
    const units = (unit: 'readUnits' | 'writeUnits') =>
      Object.values(tables).reduce((sum, table) => sum + table[unit], 0);

    expect(units('writeUnits')).toBe(operations['complete an order, total']?.['write units']);
    expect(units('readUnits')).toBe(operations['complete an order, total']?.['read units']);
  });

  test('is the one that the bench measured', () => {
    const { completed, placed } = readMeasuredUsage();

    expect(completed).toMatchObject({ executions: 1, transitions: 3, events: 10, deliveries: 4 });
    expect(Object.keys(completed.requests)).toHaveLength(4);
    expect(placed).toMatchObject({ executions: 0, transitions: 0, events: 2, deliveries: 0 });
  });
});

describe('a load', () => {
  test('includes abandoned orders, and the reads of all orders', () => {
    const { requests } = loadFor(traffic(10));

    expect(requests['POST /orders/{orderId}/payment']).toBe(10);
    expect(requests['POST /orders']).toBe(25);
    expect(requests['GET /orders/{orderId}']).toBe(25);
  });

  test('is that of completed orders alone without abandoned orders and reads', () => {
    const { requests } = loadFor(traffic(10, { abandonedPercent: 0, readsPerOrder: 0 }));

    expect(requests['POST /orders']).toBe(10);
    expect(requests['GET /orders/{orderId}']).toBe(0);
  });
});

describe('a quota', () => {
  const load = loadFor(traffic(100));
  const [lambda] = QUOTA_REQUIREMENTS;
  const required = checkQuotas(load, all(0))[0]?.required ?? 0;

  test.each([
    ['one below what is needed', -1, 'too small'],
    ['just what is needed', 0, 'enough'],
    ['one above it', 1, 'enough'],
  ] as const)('of %s is %s', (_case, more, verdict) => {
    expect(lambda?.name).toBe('Concurrent executions');
    expect(checkQuotas(load, all(required + more))[0]).toMatchObject({ required, verdict });
  });

  test('is unknown when it was not found, without a command', () => {
    const checked = checkQuotas(load, () => undefined);

    expect(new Set(checked.map(({ verdict }) => verdict))).toEqual(new Set(['unknown']));
    expect(checked.flatMap((one) => quotaIncreaseCommand(one, 'eu-west-1') ?? [])).toEqual([]);
  });

  test('has the command for an increase when it is too small', () => {
    const commands = checkQuotas(load, all(required - 1)).map((one) =>
      quotaIncreaseCommand(one, 'eu-west-1'),
    );

    expect(commands[0]).toBe(
      `aws service-quotas request-service-quota-increase --region eu-west-1 --service-code lambda --quota-code L-1 --desired-value ${required}`,
    );
  });

  test('of 10 concurrent executions, as of a new account, is enough for one order per second', () => {
    expect(checkQuotas(loadFor(traffic(1)), all(10))[0]).toMatchObject({ verdict: 'enough' });
    expect(checkQuotas(loadFor(traffic(3)), all(10))[0]).toMatchObject({ verdict: 'too small' });
  });
});

describe('the settings for a load', () => {
  test('are the defaults for one order per second', () => {
    expect(recommendSettings(loadFor(traffic(1)))).toEqual({});
  });

  test.each([1, 10, 100, 1_000])(
    'are valid for %d orders per second, and at least the defaults',
    (orders) => {
      const configOf = (context: object) =>
        loadConfig(
          new App({ analyticsReporting: false, context: { settingsFile: 'none', ...context } }),
        );
      const usual = configOf({});
      const set = configOf(recommendSettings(loadFor(traffic(orders))));

      expect(set.consumerConcurrency).toBeGreaterThanOrEqual(usual.consumerConcurrency);
      for (const key of ['throttleOrders', 'throttleServices', 'throttleOrdersManage'] as const)
        expect(set[key].rateLimit).toBeGreaterThanOrEqual(usual[key].rateLimit);
      for (const key of ['warmInventory', 'warmOrders', 'warmPayments'] as const)
        expect(
          set[key]?.writeUnitsPerSecond ?? NEW_TABLE_UNITS.writeUnitsPerSecond,
        ).toBeGreaterThanOrEqual(NEW_TABLE_UNITS.writeUnitsPerSecond);
    },
  );

  test('allow more calls between services than orders', () => {
    const { throttleOrders = '', throttleServices = '' } = recommendSettings(loadFor(traffic(100)));

    expect(throttleOrders).toBe('500/500');
    expect(throttleServices).toBe('1000/1000');
  });

  test('warm only tables that need more than a new table has', () => {
    // Inventory needs 45 write units for each completed order, so 4 000 units serve 88.9 orders.
    expect(recommendSettings(loadFor(traffic(88)))).not.toHaveProperty('warmInventory');
    expect(recommendSettings(loadFor(traffic(89)))).toMatchObject({ warmInventory: '12000/5000' });
    expect(recommendSettings(loadFor(traffic(89)))).not.toHaveProperty('warmPayments');
  });
});

describe('the report', () => {
  const load = loadFor(traffic(100));

  test('has the verdicts, the commands and the settings', () => {
    const report = formatPreflight(traffic(100), 'eu-west-1', load, checkQuotas(load, all(300)));

    expect(report).toMatch(/Concurrent executions\s+│\s+300 │\s+274 │ enough/);
    expect(report).toMatch(/Throttle rate\s+│\s+300 │\s+950 │ too small/);
    expect(report).toContain('--service-code apigateway --quota-code L-1 --desired-value 950');
    expect(report).toContain('"consumerConcurrency": "19"');
  });

  test('marks quotas that were not found, and default values', () => {
    const report = formatPreflight(
      traffic(1),
      'eu-west-1',
      loadFor(traffic(1)),
      checkQuotas(loadFor(traffic(1)), ({ service }) =>
        service === 'states' ? undefined : { value: 10_000, isDefault: true, code: 'L-1' },
      ),
    );

    expect(report).toContain('10 000 (default)');
    expect(report).toContain(
      'does not list "StartExecution throttle token refill rate per second" of states',
    );
    expect(report).toContain('The default settings are enough.');
  });
});

test('docs/PERFORMANCE.md has the table of these functions: npm run budgets -- capacity --save', () => {
  const page = readFileSync(PERFORMANCE_PAGE, 'utf8');

  expect(insertTable('capacity', renderCapacityTable(), page)).toBe(page);
});
