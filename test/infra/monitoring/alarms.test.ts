import { existsSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod/mini';
import {
  type AlarmProperties,
  alarmStateAfter,
  metricsOfAlarm,
  type PeriodValues,
  readAlarm,
} from '../../support/infra/alarm.ts';
import { synthesizeTemplates } from '../../support/infra/synthesize-templates.ts';
import {
  type Resource,
  readProperties,
  resourcesOf,
  resourcesOfType,
} from '../../support/infra/templates.ts';

type Condition = {
  readonly alarms: RegExp;
  /** Names of the metrics in their service. */
  readonly metrics: Readonly<Record<string, string>>;
  /** Names of the dimensions that the service writes. */
  readonly dimensions: readonly string[];
  readonly okPeriods: readonly (readonly PeriodValues[])[];
  readonly alarmPeriods: readonly (readonly PeriodValues[])[];
};
const HOUR_SECONDS = 3_600;
const valuePeriods = (...values: readonly number[]): PeriodValues[] =>
  values.map((one) => ({ value: one }));
/** Indexes by table. AWS counts their throttles separately. */
const INDEXES: Readonly<Record<string, readonly string[]>> = {
  'inventory/Book': ['skus', 'operations', 'owners', 'wakes'],
  'orders/Orders': ['customers', 'queues', 'products'],
  'payments/Payments': [],
  'payments/Provider': [],
  'reconciliation/Reconciliation': ['lists'],
};
const repeatPeriod = (count: number, period: PeriodValues): PeriodValues[] =>
  Array.from({ length: count }, () => period);

/** All alarms with their metrics, periods that stay below the alarm and periods that raise it. */
const CONDITIONS: readonly Condition[] = [
  {
    alarms: /DeadLetters\/Waiting$/,
    metrics: { value: 'Stockbook DeadLetters Maximum 300' },
    dimensions: ['Stage'],
    okPeriods: [[], [{ value: 1 }, {}, {}]],
    // A late count leaves a period without data.
    alarmPeriods: [valuePeriods(1), [{ value: 1 }, {}], valuePeriods(7, 7)],
  },
  {
    alarms: /DeadLetters\/CountFailing$/,
    metrics: { value: 'AWS/Lambda Errors Sum 900' },
    dimensions: ['FunctionName'],
    okPeriods: [[], valuePeriods(2)],
    alarmPeriods: [valuePeriods(3)],
  },
  {
    alarms: /^(inventory|orders)\/\w+\/Age$/,
    metrics: { value: 'AWS/SQS ApproximateAgeOfOldestMessage Maximum 60' },
    dimensions: ['QueueName'],
    okPeriods: [[], valuePeriods(59, 59, 59), valuePeriods(10, 600, 600)],
    alarmPeriods: [valuePeriods(60, 60, 60)],
  },
  {
    alarms: /^reconciliation\/Work\/Age$/,
    metrics: { value: 'AWS/SQS ApproximateAgeOfOldestMessage Maximum 300' },
    dimensions: ['QueueName'],
    okPeriods: [[], valuePeriods(3_599)],
    alarmPeriods: [valuePeriods(3_600)],
  },
  ...['Failed', 'TimedOut', 'Aborted'].map((ending) => ({
    alarms: new RegExp(`^orders/Saga/(Process|Cancel)Order${ending}$`),
    metrics: { value: `AWS/States Executions${ending} Sum 300` },
    dimensions: ['StateMachineArn'],
    okPeriods: [[], valuePeriods(0)],
    alarmPeriods: [valuePeriods(1)],
  })),
  {
    alarms: /ServerErrors$/,
    metrics: { errors: 'AWS/ApiGateway 5xx Sum 300', requests: 'AWS/ApiGateway Count Sum 300' },
    dimensions: ['ApiId'],
    okPeriods: [
      [],
      repeatPeriod(2, { requests: 1_000 }),
      repeatPeriod(2, { requests: 1_000, errors: 9 }),
      // A single failed request of a quiet night raises no alarm.
      repeatPeriod(2, { requests: 19, errors: 19 }),
      [
        { requests: 1_000, errors: 0 },
        { requests: 1_000, errors: 500 },
      ],
    ],
    alarmPeriods: [
      repeatPeriod(2, { requests: 1_000, errors: 10 }),
      repeatPeriod(2, { requests: 20, errors: 20 }),
    ],
  },
  {
    alarms: /Latency$/,
    metrics: { value: 'AWS/ApiGateway Latency p99 300' },
    dimensions: ['ApiId'],
    okPeriods: [[], valuePeriods(1_999, 1_999, 1_999), valuePeriods(1_000, 9_000, 9_000)],
    alarmPeriods: [valuePeriods(2_000, 2_000, 2_000)],
  },
  {
    alarms: /Alarms\/OrderNeedsAttention$/,
    metrics: { value: 'Stockbook OrderNeedsAttention Sum 300' },
    dimensions: ['Stage'],
    okPeriods: [[]],
    alarmPeriods: [valuePeriods(1)],
  },
  {
    alarms: /RefundPending$/,
    metrics: { value: 'Stockbook RefundAttemptsFailed Sum 300' },
    dimensions: ['Stage'],
    okPeriods: [[], valuePeriods(3)],
    alarmPeriods: [valuePeriods(4)],
  },
  {
    alarms: /StockOutcomeTimeout$/,
    metrics: { value: 'Stockbook StockOutcomeTimeouts Sum 300' },
    dimensions: ['Stage'],
    okPeriods: [[], valuePeriods(0)],
    alarmPeriods: [valuePeriods(1)],
  },
  {
    alarms: /Compensations$/,
    metrics: {
      compensated: 'Stockbook SagasCompensated Sum 600',
      completed: 'Stockbook OrderCompleted Sum 600',
    },
    dimensions: ['Stage'],
    okPeriods: [
      [],
      [{ compensated: 9 }],
      [{ compensated: 10, completed: 91 }],
      [{ completed: 1_000 }],
    ],
    alarmPeriods: [[{ compensated: 10 }], [{ compensated: 10, completed: 90 }]],
  },
  {
    alarms: /WriteContention$/,
    metrics: { value: 'Stockbook StockContentionDetected Sum 300' },
    dimensions: ['Stage'],
    okPeriods: [[], valuePeriods(0)],
    alarmPeriods: [valuePeriods(1)],
  },
  {
    alarms: /RecordsUnreadable$/,
    metrics: { value: 'Stockbook/dev RecordsUnreadable Sum 300' },
    dimensions: [],
    okPeriods: [[], valuePeriods(0)],
    alarmPeriods: [valuePeriods(1)],
  },
  {
    alarms: /FunctionThrottles$/,
    metrics: { value: 'AWS/Lambda Throttles Sum 300' },
    dimensions: [],
    okPeriods: [[], valuePeriods(9)],
    alarmPeriods: [valuePeriods(10)],
  },
  ...Object.entries(INDEXES).map(([table, indexes]) => ({
    alarms: new RegExp(`^${table}Throttled$`),
    metrics: Object.fromEntries(
      ['table', ...indexes].flatMap((index) => [
        [`${index}Reads`, 'AWS/DynamoDB ReadThrottleEvents Sum 300'],
        [`${index}Writes`, 'AWS/DynamoDB WriteThrottleEvents Sum 300'],
      ]),
    ),
    dimensions: ['TableName'],
    okPeriods: [[], [{ tableReads: 9 }], [{ tableReads: 5, tableWrites: 4 }]],
    alarmPeriods: [
      [{ tableReads: 10 }],
      [{ tableWrites: 10 }],
      ...indexes.map((index) => [{ [`${index}Reads`]: 3, [`${index}Writes`]: 3, tableWrites: 4 }]),
    ],
  })),
  {
    alarms: /Conflicts$/,
    metrics: { value: 'AWS/DynamoDB TransactionConflict Sum 300' },
    dimensions: ['TableName'],
    okPeriods: [[], valuePeriods(499)],
    alarmPeriods: [valuePeriods(500)],
  },
  {
    alarms: /Lag$/,
    metrics: { value: 'AWS/Lambda IteratorAge Maximum 60' },
    dimensions: ['FunctionName'],
    okPeriods: [
      [],
      valuePeriods(60_000, 60_000, 60_000, 60_000),
      valuePeriods(...repeatPeriod(5, { ms: 59_999 }).map(() => 59_999)),
    ],
    alarmPeriods: [valuePeriods(60_000, 60_000, 60_000, 60_000, 60_000)],
  },
  {
    alarms: /FindingsOpen$/,
    metrics: { value: 'Stockbook FindingsOpen Maximum 3600' },
    dimensions: ['Stage'],
    okPeriods: [[], valuePeriods(0)],
    alarmPeriods: [valuePeriods(1)],
  },
  {
    alarms: /ReconciliationFailed$/,
    metrics: { value: 'Stockbook ReconciliationsFailed Sum 3600' },
    dimensions: ['Stage'],
    okPeriods: [[], valuePeriods(0)],
    alarmPeriods: [valuePeriods(1)],
  },
  {
    alarms: /ReconciliationMissing$/,
    metrics: { value: 'Stockbook LastReconciliationAge Maximum 3600' },
    dimensions: ['Stage'],
    // A stage without a run has no age. The next nightly run is overdue 30 hours after the last
    // one.
    okPeriods: [[], repeatPeriod(48, {}), valuePeriods(30 * HOUR_SECONDS - 1)],
    alarmPeriods: [valuePeriods(30 * HOUR_SECONDS)],
  },
];

let alarms: readonly { readonly name: string; readonly alarm: AlarmProperties }[];
let resources: readonly Resource[];

const alarmsOf = (all: readonly Resource[]) =>
  resourcesOfType(all, 'AWS::CloudWatch::Alarm').map((resource) => ({
    name: resource.name,
    alarm: readAlarm(resource),
  }));

beforeAll(() => {
  resources = resourcesOf(synthesizeTemplates({ monitoring: 'full' }));
  alarms = alarmsOf(resources);
});

/** Returns the dimensions of a metric. That of an index has the index as another dimension. */
const dimensionsOf = ({ dimensions }: Condition, id: string): readonly string[] =>
  Object.values(INDEXES)
    .flat()
    .some((index) => id.startsWith(index))
    ? [...dimensions, 'GlobalSecondaryIndexName'].sort()
    : dimensions;

describe('an alarm', () => {
  test('has one row of the table above', () => {
    expect(alarms.length).toBeGreaterThan(25);
    expect(
      alarms
        .map(({ name }) => [name, CONDITIONS.filter(({ alarms: of }) => of.test(name)).length])
        .filter(([, rows]) => rows !== 1),
    ).toEqual([]);
  });

  test.each(CONDITIONS)(
    '$alarms uses an existing metric and is raised at its threshold only',
    (row) => {
      const found = alarms.filter(({ name }) => row.alarms.test(name));

      expect(found.length).toBeGreaterThan(0);
      for (const { name, alarm } of found) {
        const watched = Object.entries(metricsOfAlarm(alarm));
        const described = watched.map(([id, { namespace, name: metric, statistic, period }]) => [
          id,
          `${namespace} ${metric} ${statistic} ${period}`,
        ]);
        expect([name, Object.fromEntries(described)]).toEqual([name, row.metrics]);
        for (const [id, { dimensions }] of watched)
          expect([id, Object.keys(dimensions)]).toEqual([id, dimensionsOf(row, id)]);
        for (const periods of row.okPeriods)
          expect([name, periods, alarmStateAfter(alarm, periods)]).toEqual([name, periods, 'OK']);
        for (const periods of row.alarmPeriods)
          expect([name, periods, alarmStateAfter(alarm, periods)]).toEqual([
            name,
            periods,
            'ALARM',
          ]);
      }
    },
  );

  test('watches an existing resource', () => {
    const indexes = Object.values(INDEXES).flat();
    const known = new Set([...resources.map(({ name }) => name), 'dev', ...indexes]);
    const dimensions = alarms.flatMap(({ alarm }) =>
      Object.values(metricsOfAlarm(alarm)).flatMap(({ dimensions: of }) => Object.values(of)),
    );

    expect(dimensions.filter((name) => !known.has(name.replace(/\.\w+$/, '')))).toEqual([]);
  });

  test('notifies the topic and names an existing page of the runbook', () => {
    const index = readFileSync('docs/RUNBOOK.md', 'utf8');
    for (const { name, alarm } of alarms) {
      const page = / See docs\/(runbook\/[\w-]+\.md)\.$/.exec(alarm.AlarmDescription)?.[1];

      expect([name, alarm.AlarmActions]).toEqual([name, ['shared/Alarms']]);
      expect([name, page !== undefined && existsSync(`docs/${page}`)]).toEqual([name, true]);
      expect([name, page === 'runbook/FINDINGS_OPEN.md' || index.includes(`(${page})`)]).toEqual([
        name,
        true,
      ]);
    }
  });

  test('exists for each table, stream consumer, consumed queue and saga', () => {
    const count = (of: RegExp) => alarms.filter(({ name }) => of.test(name)).length;
    const mappings = resourcesOfType(resources, 'AWS::Lambda::EventSourceMapping').map(
      ({ properties }) => String(properties.EventSourceArn),
    );

    expect(count(/Throttled$/)).toBe(
      resourcesOfType(resources, 'AWS::DynamoDB::GlobalTable').length,
    );
    expect(count(/Lag$/)).toBe(mappings.filter((arn) => arn.endsWith('.StreamArn')).length);
    expect(count(/\/Age$/)).toBe(mappings.filter((arn) => !arn.endsWith('.StreamArn')).length);
    expect(count(/^orders\/Saga\//)).toBe(
      3 * resourcesOfType(resources, 'AWS::StepFunctions::StateMachine').length,
    );
  });

  test('of throttles includes every index of its table', () => {
    const Table = z.object({
      GlobalSecondaryIndexes: z.optional(z.array(z.object({ IndexName: z.string() }))),
    });
    const tables = resourcesOfType(resources, 'AWS::DynamoDB::GlobalTable').map((table) => [
      table.name,
      (readProperties(Table, table).GlobalSecondaryIndexes ?? [])
        .map(({ IndexName }) => IndexName)
        .sort(),
    ]);

    expect(Object.fromEntries(tables)).toEqual(
      Object.fromEntries(
        Object.entries(INDEXES).map(([table, indexes]) => [table, [...indexes].sort()]),
      ),
    );
  });
});

describe('the age at which a reconciliation is overdue', () => {
  const limitOf = (context: Readonly<Record<string, string>>) =>
    alarmsOf(resourcesOf(synthesizeTemplates({ monitoring: 'essential', ...context }))).find(
      ({ name }) => name.endsWith('ReconciliationMissing'),
    )?.alarm;

  test('is derived from the schedule: a week plus six hours for the run', () => {
    const alarm = limitOf({ reconcileSchedule: 'cron(0 3 ? * SUN *)' });

    expect(alarm?.Threshold).toBe((7 * 24 + 6) * HOUR_SECONDS);
    expect(alarm?.AlarmDescription).toContain('within 174 hours');
  });

  test('has one more hour in a time zone with daylight saving time', () => {
    expect(limitOf({ reconcileTimezone: 'Europe/Berlin' })?.Threshold).toBe(31 * HOUR_SECONDS);
  });
});

describe('monitoring', () => {
  const isEnabled = (all: readonly Resource[]) =>
    resourcesOfType(all, 'AWS::Scheduler::Schedule').find(({ name }) =>
      name.startsWith('reconciliation/DeadLetters/'),
    )?.properties.State;

  test('none, the default of an unprotected stage, has no alarm, dashboard or dead-letter count', () => {
    const dev = resourcesOf(synthesizeTemplates());

    expect(alarmsOf(dev)).toEqual([]);
    expect(resourcesOfType(dev, 'AWS::CloudWatch::Dashboard')).toEqual([]);
    expect(isEnabled(dev)).toBe('DISABLED');
  });

  test('essential has the alarms of customers, orders and payments, and no dashboard', () => {
    const essential = resourcesOf(synthesizeTemplates({ monitoring: 'essential' }));
    const left = alarms
      .map(({ name }) => name)
      .filter((name) => !alarmsOf(essential).some((alarm) => alarm.name === name));

    expect(left.sort()).toEqual([
      'inventory/BookConflicts',
      'inventory/BookThrottled',
      'operations/Alarms/Compensations',
      'operations/Alarms/Latency',
      'operations/Alarms/WriteContention',
      'orders/OrdersThrottled',
      'payments/PaymentsThrottled',
      'payments/ProviderThrottled',
      'reconciliation/ReconciliationThrottled',
      'reconciliation/Work/Age',
    ]);
    expect(resourcesOfType(essential, 'AWS::CloudWatch::Dashboard')).toEqual([]);
    expect(isEnabled(essential)).toBe('ENABLED');
  });

  test('full is the default of a protected stage', () => {
    const prod = resourcesOf(synthesizeTemplates({ stage: 'prod', paymentProvider: 'sandbox' }));

    expect(alarmsOf(prod).map(({ name }) => name)).toEqual(alarms.map(({ name }) => name));
    expect(isEnabled(prod)).toBe('ENABLED');
  });
});

describe('the dashboard', () => {
  const bodyOf = () => {
    const [dashboard, ...others] = resourcesOfType(resources, 'AWS::CloudWatch::Dashboard');
    expect(others).toEqual([]);
    return String(dashboard?.properties.DashboardBody);
  };

  test('is JSON and shows orders, sagas, stock, dead letters, drift and cost drivers', () => {
    const body = JSON.parse(bodyOf()) as { widgets: { properties: { title?: string } }[] };
    const titles = body.widgets.flatMap(({ properties: { title } }) => title ?? []);

    expect(titles).toEqual([
      'Current totals',
      'Orders by outcome',
      'Sagas: duration and outcome',
      'Holds',
      'Rejections and contention',
      'Drift',
      'Refunds',
      'Dead letters',
      'API',
      'DynamoDB units',
      'Functions and transitions',
    ]);
  });

  test('shows each dead-letter queue', () => {
    const body = bodyOf();
    const queues = resourcesOfType(resources, 'AWS::SQS::Queue').map(({ name }) => name);
    const shown = queues.filter((name) => body.includes(`${name}.QueueName`));

    expect(shown).toEqual(queues.filter((name) => !name.endsWith('/Queue')));
  });
});
