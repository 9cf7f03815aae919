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

describe('the needs of an order', () => {
  const operations: Record<string, Record<string, number>> = JSON.parse(
    readFileSync('bench/budgets/dynamodb-usage.json', 'utf8'),
  );

  test('on each table add up to those of a whole order', () => {
    const { tables } = readMeasuredUsage().completed;
    const units = (unit: 'readUnits' | 'writeUnits') =>
      Object.values(tables).reduce((sum, table) => sum + table[unit], 0);

    expect(units('writeUnits')).toBe(operations['complete an order, in all']?.['write units']);
    expect(units('readUnits')).toBe(operations['complete an order, in all']?.['read units']);
  });

  test('are those that the bench measured: requests, an execution with its transitions, events and deliveries', () => {
    const { completed, placed } = readMeasuredUsage();

    expect(completed).toMatchObject({ executions: 1, transitions: 3, events: 10, deliveries: 4 });
    expect(Object.keys(completed.requests)).toHaveLength(4);
    expect(placed).toMatchObject({ executions: 0, transitions: 0, events: 2, deliveries: 0 });
  });
});

describe('a load', () => {
  test('has for each completed order those that are placed and abandoned, and the looks at both', () => {
    const { requests } = loadFor(traffic(10));

    expect(requests['POST /orders/{orderId}/payment']).toBe(10);
    expect(requests['POST /orders']).toBe(25);
    expect(requests['GET /orders/{orderId}']).toBe(25);
  });

  test('has no more than the completed ones where nobody abandons or looks', () => {
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

  test('that was not found is unknown, and there is no command for it', () => {
    const checked = checkQuotas(load, () => undefined);

    expect(new Set(checked.map(({ verdict }) => verdict))).toEqual(new Set(['unknown']));
    expect(checked.flatMap((one) => quotaIncreaseCommand(one, 'eu-west-1') ?? [])).toEqual([]);
  });

  test('that is too small has the command that asks AWS for what is needed', () => {
    const commands = checkQuotas(load, all(required - 1)).map((one) =>
      quotaIncreaseCommand(one, 'eu-west-1'),
    );

    expect(commands[0]).toBe(
      `aws service-quotas request-service-quota-increase --region eu-west-1 --service-code lambda --quota-code L-1 --desired-value ${required}`,
    );
  });

  test('of a new account, ten functions at once, is enough for the order a second that the defaults are for', () => {
    expect(checkQuotas(loadFor(traffic(1)), all(10))[0]).toMatchObject({ verdict: 'enough' });
    expect(checkQuotas(loadFor(traffic(3)), all(10))[0]).toMatchObject({ verdict: 'too small' });
  });
});

describe('the settings for a load', () => {
  test('are the defaults for one order a second', () => {
    expect(recommendSettings(loadFor(traffic(1)))).toEqual({});
  });

  test.each([1, 10, 100, 1_000])(
    'are valid for %d orders a second, and at least the defaults',
    (orders) => {
      const configOf = (context: object) =>
        loadConfig(
          new App({ analyticsReporting: false, context: { settingsFile: 'none', ...context } }),
        );
      const usual = configOf({});
      const set = configOf(recommendSettings(loadFor(traffic(orders))));

      expect(set.consumerConcurrency).toBeGreaterThanOrEqual(usual.consumerConcurrency);
      for (const access of ['orders', 'service', 'orders.manage'] as const)
        expect(set.throttles[access].rateLimit).toBeGreaterThanOrEqual(
          usual.throttles[access].rateLimit,
        );
      for (const warm of Object.values(set.warmThroughput))
        expect(warm.writeUnitsPerSecond).toBeGreaterThanOrEqual(
          NEW_TABLE_UNITS.writeUnitsPerSecond,
        );
    },
  );

  test('let calls between services through where they let the orders through', () => {
    const { throttleOrders = '', throttleServices = '' } = recommendSettings(loadFor(traffic(100)));

    expect(throttleOrders).toBe('500/500');
    expect(throttleServices).toBe('1000/1000');
  });

  test('warm a table that needs more than a new one has, and no other one', () => {
    // 45 write units of inventory for each completed order: 4 000 are of 88.9.
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

  test('says which quota was not found, and which value is only the default', () => {
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

test('docs/PERFORMANCE.md has the table that these functions compute: npm run budgets -- capacity --save', () => {
  const page = readFileSync(PERFORMANCE_PAGE, 'utf8');

  expect(insertTable('capacity', renderCapacityTable(), page)).toBe(page);
});
