import { describe, expect, test } from 'vitest';
import {
  accessLogBytes,
  functionLogBytes,
  sagaLogBytes,
} from '../../../bench/order-cost/aws-logs.ts';
import { costOfBaseline, countsOf, readBaselines } from '../../../bench/order-cost/baselines.ts';
import { costOfMillion, SERVICES, totalCostOf } from '../../../bench/order-cost/cost.ts';
import { USD } from '../../../bench/order-cost/prices.ts';
import {
  addAbandoned,
  estimateSagaAtCreation,
} from '../../../bench/order-cost/saga-at-creation.ts';
import type { Settings } from '../../../bench/order-cost/settings.ts';
import {
  createUsage,
  medianOf,
  mergeUsages,
  UsageCounter,
  unitTotalsOf,
  withTimesOf,
} from '../../../bench/order-cost/usage.ts';
import type { Observation } from '../../../local/functions/observation.ts';

const MILLION = 1e6;

const settings: Settings = {
  functions: new Map([['reserve', { memoryMegabytes: 512, isTraced: true, hasTextLogs: true }]]),
  machines: new Map([
    [
      'saga',
      {
        startAt: 'Pay',
        states: new Map([['Pay', { type: 'Task', waitsForToken: false }]]),
        logsAll: true,
        isTraced: true,
      },
    ],
  ]),
  accessLogFormat: '{"route":"$context.routeKey","status":"$context.status"}',
  isArchived: false,
  tracedShare: 0.05,
  batchSizes: {},
};

const createInvocation = (
  over: Partial<Extract<Observation, { kind: 'invocation' }>> = {},
): Observation => ({
  kind: 'invocation',
  functionName: 'reserve',
  by: 'route',
  records: 1,
  milliseconds: 10,
  isOk: true,
  ...over,
});
const usageOf = (...seen: readonly Observation[]) => {
  const counter = new UsageCounter();
  for (const one of seen) counter.observe(one);
  return counter.take();
};
const call = { functionName: 'reserve', table: 'inventory', operation: 'TransactWriteItems' };

describe('usage', () => {
  test('adds up values of one kind and name, and starts from zero when it is taken', () => {
    const counter = new UsageCounter();
    counter.observe(createInvocation({ records: 2 }));
    counter.observe(createInvocation({ milliseconds: 30 }));
    counter.recordCall({ ...call, readUnits: 0, writeUnits: 10, indexWriteUnits: 1 });

    const tally = counter.take();

    expect([...tally.invocations.values()]).toEqual([
      {
        functionName: 'reserve',
        by: 'route',
        count: 2,
        records: 3,
        milliseconds: [10, 30],
        failed: 0,
      },
    ]);
    expect(unitTotalsOf(tally, () => true)).toEqual({ calls: 1, readUnits: 0, writeUnits: 11 });
    expect(counter.take()).toEqual(createUsage());
  });

  test('does not include empty receives from a queue', () => {
    const asked = { kind: 'queueRequest', action: 'receive', queueArn: 'q' } as const;

    expect(usageOf({ ...asked, messages: 0 })).toEqual(createUsage());
    expect(usageOf({ ...asked, messages: 1 }).queueRequests.receive).toBe(1);
  });

  test('of two parts is merged to the usage of both', () => {
    const request = {
      kind: 'request',
      routeKey: 'POST /orders',
      access: 'jwt',
      status: 201,
    } as const;

    expect(
      mergeUsages([
        usageOf(createInvocation(), request),
        usageOf(createInvocation({ milliseconds: 20 }), request),
      ]),
    ).toEqual(
      usageOf(createInvocation(), request, createInvocation({ milliseconds: 20 }), request),
    );
  });

  test('gets the times of another usage, by records', () => {
    const crowd = usageOf(createInvocation({ records: 10, milliseconds: 900 }));

    const timed = withTimesOf(
      crowd,
      usageOf(createInvocation({ milliseconds: 8 }), createInvocation({ milliseconds: 12 })),
    );

    expect(timed.invocations.get('reserve')?.milliseconds).toEqual([100]);
  });

  test('has the median between the two middle values', () => {
    expect([medianOf([]), medianOf([3]), medianOf([9, 1]), medianOf([9, 1, 2])]).toEqual([
      0, 3, 5, 2,
    ]);
  });
});

describe('a cost', () => {
  test('is for a million orders, by the list prices', () => {
    const counter = new UsageCounter();
    counter.observe(createInvocation({ milliseconds: 9.2 }));
    counter.observe({ kind: 'request', routeKey: 'PUT /r', access: 'iam', status: 201 });
    counter.observe({
      kind: 'event',
      detailType: 'StockReserved',
      bytes: 700,
      queueArns: [],
      topicArns: [],
    });
    counter.observe({ kind: 'queueRequest', action: 'send', queueArn: 'q', messages: 1 });
    counter.observe({ kind: 'transition', machineName: 'saga', stateName: 'Pay', isRetry: false });
    counter.recordCall({ ...call, readUnits: 3, writeUnits: 10, indexWriteUnits: 1 });

    const bill = costOfMillion(counter.take(), settings, { orders: 2 });

    expect(bill).toMatchObject({
      'Step Functions': 12.5,
      'DynamoDB writes': expect.closeTo((11 * 0.625) / 2),
      'DynamoDB reads': expect.closeTo((3 * 0.125) / 2),
      EventBridge: 0.5,
      HTTP: 0.5,
      'Lambda requests': 0.1,
      // Ten milliseconds, because a started millisecond is billed, with half a gigabyte.
      'Lambda time': expect.closeTo((0.01 * 0.5 * 13.3334) / 2),
      'SQS and SNS': 0.2,
      'X-Ray': expect.closeTo((2 * 0.05 * 5) / 2),
    });
    expect(totalCostOf(bill)).toBeCloseTo(
      SERVICES.reduce((sum, service) => sum + bill[service], 0),
    );
  });

  test('excludes the table of the sandbox provider', () => {
    const counter = new UsageCounter();
    counter.recordCall({
      ...call,
      table: 'provider',
      readUnits: 1,
      writeUnits: 1,
      indexWriteUnits: 0,
    });

    expect(totalCostOf(costOfMillion(counter.take(), settings, { orders: 1 }))).toBe(0);
  });

  test('counts a large event once for each 64 KB', () => {
    const event = {
      kind: 'event',
      detailType: 'StockReserved',
      queueArns: [],
      topicArns: [],
    } as const;
    const usd = (bytes: number) =>
      costOfMillion(usageOf({ ...event, bytes }), settings, { orders: 1 }).EventBridge;

    expect([usd(65_535), usd(65_536), usd(65_537)]).toEqual([1, 1, 2]);
  });

  test('throws for a function that is not in the templates', () => {
    expect(() =>
      costOfMillion(usageOf(createInvocation({ functionName: 'other' })), settings, { orders: 1 }),
    ).toThrow('no function other');
  });
});

describe('the log data of AWS', () => {
  test('includes lines around each invocation, and a prefix before each line of the function', () => {
    const own = { kind: 'log', functionName: 'reserve', bytes: 200 } as const;
    const bytes = (...seen: readonly Observation[]) => functionLogBytes(usageOf(...seen), settings);
    const [one, two] = [bytes({ ...own, lines: 1 }), bytes({ ...own, lines: 2 })];

    expect(two - one).toBe(
      '2026-11-25T20:49:54.441Z\t8f507cfc-1c22-4697-b07a-ac58fc914c95\tINFO\t'.length,
    );
    expect(one).toBe(200 + (two - one));
    expect(bytes(createInvocation())).toBeGreaterThan(300);
  });

  test('includes no lines around JSON logs', () => {
    const asJson = {
      ...settings,
      functions: new Map([
        ['reserve', { memoryMegabytes: 512, isTraced: true, hasTextLogs: false }],
      ]),
    };
    const seen = usageOf(createInvocation(), {
      kind: 'log',
      functionName: 'reserve',
      bytes: 200,
      lines: 1,
    });

    expect(functionLogBytes(seen, asJson)).toBe(200);
  });

  test('includes an access log line for each request, in the stage’s format', () => {
    const request = {
      kind: 'request',
      routeKey: 'GET /health',
      access: 'none',
      status: 200,
    } as const;

    expect(accessLogBytes(usageOf(request), settings)).toBe(
      '{"route":"GET /health","status":"201"}\n'.length,
    );
    expect(() =>
      accessLogBytes(usageOf(request), { ...settings, accessLogFormat: '$context.unheardOf' }),
    ).toThrow('no value for $context.unheardOf');
  });

  test('includes the history of a machine that logs all, and nothing of one that logs errors', () => {
    const seen = usageOf({
      kind: 'transition',
      machineName: 'saga',
      stateName: 'Pay',
      isRetry: false,
    });
    const [machine] = settings.machines.values();
    if (machine === undefined) throw new Error('There must be a machine.');

    expect(sagaLogBytes(seen, settings)).toBeGreaterThan(7 * 200);
    expect(
      sagaLogBytes(seen, {
        ...settings,
        machines: new Map([['saga', { ...machine, logsAll: false }]]),
      }),
    ).toBe(0);
  });
});

describe('the saga that starts at creation', () => {
  const nothing = costOfMillion(createUsage(), settings, { orders: 1 });
  const bills = {
    completed: nothing,
    abandoned: nothing,
    cancelledUnpaid: nothing,
    orderWriteUnits: 2,
  };

  test('waits for every order, and undoes its steps for abandoned orders', () => {
    const { completed, abandoned, abandonedLeanest } = estimateSagaAtCreation(bills);

    expect(completed['Step Functions']).toBe(USD.perTransition * MILLION);
    expect(abandoned['Step Functions']).toBeCloseTo(3 * USD.perTransition * MILLION);
    expect(abandonedLeanest['Step Functions']).toBeCloseTo(2 * USD.perTransition * MILLION);
    expect(completed['DynamoDB writes']).toBeCloseTo(1.25);
  });

  test('has one and a half abandoned orders for each completed one at a share of six in ten', () => {
    const one = { ...nothing, HTTP: 2 };

    expect(addAbandoned(one, one, 0.6).HTTP).toBeCloseTo(2 + 1.5 * 2);
  });
});

describe('the baselines', () => {
  const ours = {
    millisecondsPerInvocation: 10,
    logBytesPerInvocation: 500,
    logBytesPerTransition: 1_000,
  };

  test('are two, each a repository at a commit, and every row names its source', () => {
    const baselines = readBaselines();

    expect(baselines).toHaveLength(2);
    for (const { repository, commit, steps } of baselines) {
      expect(repository).toMatch(/^aws-samples\//);
      expect(commit).toMatch(/^[0-9a-f]{40}$/);
      expect(steps.filter(({ source }) => source === '')).toEqual([]);
    }
  });

  test('cost 125 USD per million for the five states of the long-lived transactions', () => {
    const [sample] = readBaselines();
    if (sample === undefined) throw new Error('There is no such baseline.');

    expect(countsOf(sample)).toMatchObject({ transitions: 5, writeUnits: 5, invocations: 3 });
    expect(costOfBaseline(sample, ours)['Step Functions']).toBeCloseTo(125);
  });
});
