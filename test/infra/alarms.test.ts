import { existsSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod/mini';
import { type AlarmProperties, alarmOf, metricsOf, type Period, stateAfter } from '../support/alarm.ts';
import { synthesized } from '../support/synth.ts';
import { ofType, type Resource, resourcesOf } from '../support/templates.ts';

type Condition = {
  readonly alarms: RegExp;
  /** The metrics that it looks at, as their service calls them. */
  readonly metrics: Readonly<Record<string, string>>;
  /** The names of the dimensions, by which the service writes them. */
  readonly dimensions: readonly string[];
  readonly quiet: readonly (readonly Period[])[];
  readonly loud: readonly (readonly Period[])[];
};
const value = (...values: readonly number[]): Period[] => values.map((one) => ({ value: one }));
const times = (count: number, period: Period): Period[] => Array.from({ length: count }, () => period);

/** Every alarm: what it looks at, just too little of it, and just enough. */
const CONDITIONS: readonly Condition[] = [
  {
    alarms: /\/((Bus)?Failed|Undelivered|Untold)Alarm$/,
    metrics: { value: 'AWS/SQS ApproximateNumberOfMessagesVisible Maximum 60' },
    dimensions: ['QueueName'],
    quiet: [[], value(0)],
    loud: [value(1), value(0, 7)],
  },
  ...['Failed', 'TimedOut', 'Aborted'].map((ending) => ({
    alarms: new RegExp(`^orders/Saga/(Process|Cancel)Order${ending}Alarm$`),
    metrics: { value: `AWS/States Executions${ending} Sum 300` },
    dimensions: ['StateMachineArn'],
    quiet: [[], value(0)],
    loud: [value(1)],
  })),
  {
    alarms: /ServerErrors$/,
    metrics: { errors: 'AWS/ApiGateway 5xx Sum 300', requests: 'AWS/ApiGateway Count Sum 300' },
    dimensions: ['ApiId'],
    quiet: [
      [],
      times(2, { requests: 1_000 }),
      times(2, { requests: 1_000, errors: 9 }),
      // Nobody is woken for one failed request of a quiet night.
      times(2, { requests: 19, errors: 19 }),
      [
        { requests: 1_000, errors: 0 },
        { requests: 1_000, errors: 500 },
      ],
    ],
    loud: [times(2, { requests: 1_000, errors: 10 }), times(2, { requests: 20, errors: 20 })],
  },
  {
    alarms: /Latency$/,
    metrics: { value: 'AWS/ApiGateway Latency p99 300' },
    dimensions: ['ApiId'],
    quiet: [[], value(1_999, 1_999, 1_999), value(1_000, 9_000, 9_000)],
    loud: [value(2_000, 2_000, 2_000)],
  },
  {
    alarms: /Watch\/OrderNeedsAttention$/,
    metrics: { value: 'Stockbook OrderNeedsAttention Sum 300' },
    dimensions: ['Stage'],
    quiet: [[]],
    loud: [value(1)],
  },
  {
    alarms: /RefundPending$/,
    metrics: { value: 'Stockbook RefundTriesFailed Sum 300' },
    dimensions: ['Stage'],
    quiet: [[], value(3)],
    loud: [value(4)],
  },
  {
    alarms: /StockHot$/,
    metrics: { value: 'Stockbook StockHot Sum 300' },
    dimensions: ['Stage'],
    quiet: [[], value(0)],
    loud: [value(1)],
  },
  {
    alarms: /RecordsUnreadable$/,
    metrics: { value: 'Stockbook/dev RecordsUnreadable Sum 300' },
    dimensions: [],
    quiet: [[], value(0)],
    loud: [value(1)],
  },
  {
    alarms: /FunctionThrottles$/,
    metrics: { value: 'AWS/Lambda Throttles Sum 300' },
    dimensions: [],
    quiet: [[], value(9)],
    loud: [value(10)],
  },
  {
    alarms: /Throttled$/,
    metrics: {
      reads: 'AWS/DynamoDB ReadThrottleEvents Sum 300',
      writes: 'AWS/DynamoDB WriteThrottleEvents Sum 300',
    },
    dimensions: ['TableName'],
    quiet: [[], [{ reads: 9 }], [{ reads: 5, writes: 4 }]],
    loud: [[{ reads: 10 }], [{ writes: 10 }], [{ reads: 5, writes: 5 }]],
  },
  {
    alarms: /Conflicts$/,
    metrics: { value: 'AWS/DynamoDB TransactionConflict Sum 300' },
    dimensions: ['TableName'],
    quiet: [[], value(499)],
    loud: [value(500)],
  },
  {
    alarms: /Lag$/,
    metrics: { value: 'AWS/Lambda IteratorAge Maximum 60' },
    dimensions: ['FunctionName'],
    quiet: [[], value(60_000, 60_000, 60_000, 60_000), value(...times(5, { ms: 59_999 }).map(() => 59_999))],
    loud: [value(60_000, 60_000, 60_000, 60_000, 60_000)],
  },
  {
    alarms: /FindingsOpenAlarm$/,
    metrics: { value: 'Stockbook FindingsOpen Maximum 3600' },
    dimensions: ['Stage'],
    quiet: [[], value(0)],
    loud: [value(1)],
  },
  {
    alarms: /ReconciliationFailedAlarm$/,
    metrics: { value: 'Stockbook ReconciliationsFailed Sum 3600' },
    dimensions: ['Stage'],
    quiet: [[], value(0)],
    loud: [value(1)],
  },
  {
    alarms: /NoReconciliationAlarm$/,
    metrics: { value: 'Stockbook ReconciliationsCompleted Sum 3600' },
    dimensions: ['Stage'],
    quiet: [[{ value: 1 }, ...times(25, {})]],
    loud: [[], [{ value: 1 }, ...times(26, {})], times(26, { value: 0 })],
  },
];

let alarms: readonly { readonly name: string; readonly alarm: AlarmProperties }[];
let resources: readonly Resource[];

beforeAll(() => {
  resources = resourcesOf(synthesized());
  alarms = ofType(resources, 'AWS::CloudWatch::Alarm').map((resource) => ({
    name: resource.name,
    alarm: alarmOf(resource),
  }));
});

describe('an alarm', () => {
  test('has one row of the table above', () => {
    expect(alarms.length).toBeGreaterThan(30);
    expect(
      alarms
        .map(({ name }) => [name, CONDITIONS.filter(({ alarms: of }) => of.test(name)).length])
        .filter(([, rows]) => rows !== 1),
    ).toEqual([]);
  });

  test.each(CONDITIONS)(
    '$alarms looks at what its service writes, is quiet for less, and is raised',
    (row) => {
      const found = alarms.filter(({ name }) => row.alarms.test(name));

      expect(found.length).toBeGreaterThan(0);
      for (const { name, alarm } of found) {
        const watched = Object.entries(metricsOf(alarm));
        const described = watched.map(([id, { namespace, name: metric, statistic, period }]) => [
          id,
          `${namespace} ${metric} ${statistic} ${period}`,
        ]);
        expect([name, Object.fromEntries(described)]).toEqual([name, row.metrics]);
        for (const [, { dimensions }] of watched) expect(Object.keys(dimensions)).toEqual(row.dimensions);
        for (const periods of row.quiet)
          expect([name, periods, stateAfter(alarm, periods)]).toEqual([name, periods, 'OK']);
        for (const periods of row.loud)
          expect([name, periods, stateAfter(alarm, periods)]).toEqual([name, periods, 'ALARM']);
      }
    },
  );

  test('is of something that is there', () => {
    const known = new Set([...resources.map(({ name }) => name), 'dev']);
    const dimensions = alarms.flatMap(({ alarm }) =>
      Object.values(metricsOf(alarm)).flatMap(({ dimensions: of }) => Object.values(of)),
    );

    expect(dimensions.filter((name) => !known.has(name.replace(/\.\w+$/, '')))).toEqual([]);
  });

  test('tells the topic, says what to do, and names a page that is there and that the runbook lists', () => {
    const index = readFileSync('docs/RUNBOOK.md', 'utf8');
    for (const { name, alarm } of alarms) {
      const page = /docs\/(runbook\/[\w-]+\.md) says what to do\.$/.exec(alarm.AlarmDescription)?.[1];

      expect([name, alarm.AlarmActions]).toEqual([name, ['shared/Alarms']]);
      expect([name, page !== undefined && existsSync(`docs/${page}`)]).toEqual([name, true]);
      expect([name, page === 'runbook/FINDINGS_OPEN.md' || index.includes(`(${page})`)]).toEqual([
        name,
        true,
      ]);
    }
  });

  test('is there for each table, each stream’s consumer, each queue of dead letters and each saga', () => {
    const count = (of: RegExp) => alarms.filter(({ name }) => of.test(name)).length;
    const Redrive = z.object({ MessageRetentionPeriod: z.number(), RedrivePolicy: z.optional(z.unknown()) });
    const dlqs = ofType(resources, 'AWS::SQS::Queue').filter(
      ({ properties }) => Redrive.parse(properties).RedrivePolicy === undefined,
    );
    const streams = ofType(resources, 'AWS::Lambda::EventSourceMapping').filter(({ properties }) =>
      String(properties.EventSourceArn).endsWith('.StreamArn'),
    );

    expect(count(/Conflicts$/)).toBe(ofType(resources, 'AWS::DynamoDB::GlobalTable').length);
    expect(count(/Throttled$/)).toBe(ofType(resources, 'AWS::DynamoDB::GlobalTable').length);
    expect(count(/Lag$/)).toBe(streams.length);
    expect(count(/\/((Bus)?Failed|Undelivered|Untold)Alarm$/)).toBe(dlqs.length);
    expect(count(/^orders\/Saga\//)).toBe(3 * ofType(resources, 'AWS::StepFunctions::StateMachine').length);
  });
});

describe('the dashboard', () => {
  const bodyOf = () => {
    const [dashboard, ...others] = ofType(resources, 'AWS::CloudWatch::Dashboard');
    expect(others).toEqual([]);
    return String(dashboard?.properties.DashboardBody);
  };

  test('is JSON, and has orders, sagas, stock, dead letters, drift and what drives the cost', () => {
    const body = JSON.parse(bodyOf()) as { widgets: { properties: { title?: string } }[] };
    const titles = body.widgets.flatMap(({ properties: { title } }) => title ?? []);

    expect(titles).toEqual([
      'Now',
      'Orders by outcome',
      'Sagas: how long, and how they end',
      'Holds',
      'Out of stock, or hot',
      'Drift',
      'Money that waits',
      'Dead letters',
      'API',
      'DynamoDB units',
      'Functions and transitions',
    ]);
  });

  test('shows each queue of dead letters and each table', () => {
    const body = bodyOf();
    const shown = (type: string, attribute: string) =>
      ofType(resources, type).filter(({ name }) => body.includes(`${name}${attribute}`)).length;

    expect(shown('AWS::DynamoDB::GlobalTable', '')).toBe(
      ofType(resources, 'AWS::DynamoDB::GlobalTable').length,
    );
    expect(shown('AWS::SQS::Queue', '.QueueName')).toBeGreaterThanOrEqual(11);
  });
});
