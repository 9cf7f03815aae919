import { beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod/mini';
import { SUBSCRIPTIONS } from '../../support/expected-app/expected-app.ts';
import { synthesizeTemplates } from '../../support/infra/synthesize-templates.ts';
import {
  type Resource,
  readProperties,
  resourcesOf,
  resourcesOfType,
} from '../../support/infra/templates.ts';

let defaults: readonly Resource[];
let scaled: readonly Resource[];

beforeAll(() => {
  defaults = resourcesOf(synthesizeTemplates());
  scaled = resourcesOf(
    synthesizeTemplates({
      consumerConcurrency: '50',
      reconcilerConcurrency: '8',
      streamParallelization: '4',
      warmInventory: '24000/48000',
      warmOrders: '12000/8000',
      memoryMegabytes: '1024',
    }),
  );
});

const WORK_QUEUE = 'reconciliation/Work/Queue.Arn';
const Mapping = z.object({
  EventSourceArn: z.string(),
  ScalingConfig: z.optional(z.object({ MaximumConcurrency: z.number() })),
});

const WORK_QUEUES = 1;

/** Returns the maximum concurrency of each queue's function, by queue. */
const concurrencyByQueue = (resources: readonly Resource[]) =>
  Object.fromEntries(
    resourcesOfType(resources, 'AWS::Lambda::EventSourceMapping')
      .map((mapping) => readProperties(Mapping, mapping))
      .filter(({ EventSourceArn }) => /\/Queue\.Arn$/.test(EventSourceArn))
      .map(({ EventSourceArn, ScalingConfig }) => [
        EventSourceArn,
        ScalingConfig?.MaximumConcurrency,
      ]),
  );

describe('a queue', () => {
  test('invokes the minimum of concurrent functions, so that checkout keeps the rest of a new account', () => {
    const limits = concurrencyByQueue(defaults);

    expect(Object.keys(limits)).toHaveLength(SUBSCRIPTIONS.length + WORK_QUEUES);
    expect(new Set(Object.values(limits))).toEqual(new Set([2]));
  });

  test('invokes as many functions as configured, separately for reconciler and event consumers', () => {
    const { [WORK_QUEUE]: reconciler, ...consumers } = concurrencyByQueue(scaled);

    expect(reconciler).toBe(8);
    expect(new Set(Object.values(consumers))).toEqual(new Set([50]));
  });
});

const StreamMapping = z.object({
  EventSourceArn: z.string(),
  ParallelizationFactor: z.optional(z.number()),
  BisectBatchOnFunctionError: z.literal(true),
});

/** Returns the functions that each shard of a stream may invoke concurrently. */
const streamParallelizations = (resources: readonly Resource[]) =>
  resourcesOfType(resources, 'AWS::Lambda::EventSourceMapping')
    .filter((mapping) => readProperties(Mapping, mapping).EventSourceArn.endsWith('.StreamArn'))
    .map((mapping) => readProperties(StreamMapping, mapping).ParallelizationFactor);

describe('a stream', () => {
  test('is handled by one function per shard by default', () => {
    expect(streamParallelizations(defaults)).toEqual([1, 1, 1, 1, 1]);
  });

  test('is handled by as many functions as configured', () => {
    expect(streamParallelizations(scaled)).toEqual([4, 4, 4, 4, 4]);
  });
});

const WarmUnits = z.optional(
  z.object({ ReadUnitsPerSecond: z.number(), WriteUnitsPerSecond: z.number() }),
);
const Table = z.object({
  WarmThroughput: WarmUnits,
  GlobalSecondaryIndexes: z.optional(z.array(z.object({ WarmThroughput: WarmUnits }))),
});

/** Returns the warm throughput of each table and its indexes, by table. */
const warmThroughputByTable = (resources: readonly Resource[]) =>
  Object.fromEntries(
    resourcesOfType(resources, 'AWS::DynamoDB::GlobalTable').map((table) => {
      const { WarmThroughput, GlobalSecondaryIndexes = [] } = readProperties(Table, table);
      return [
        table.name,
        [WarmThroughput, ...GlobalSecondaryIndexes.map((index) => index.WarmThroughput)],
      ];
    }),
  );

describe('a table', () => {
  test('has no warm throughput by default', () => {
    expect(new Set(Object.values(warmThroughputByTable(defaults)).flat())).toEqual(
      new Set([undefined]),
    );
  });

  test('has the configured warm throughput, and so does each index, which would throttle writes', () => {
    const inventory = { ReadUnitsPerSecond: 24_000, WriteUnitsPerSecond: 48_000 };
    const orders = { ReadUnitsPerSecond: 12_000, WriteUnitsPerSecond: 8_000 };

    expect(warmThroughputByTable(scaled)).toEqual({
      ...warmThroughputByTable(defaults),
      'inventory/Book': Array.from({ length: 5 }, () => inventory),
      'orders/Orders': Array.from({ length: 4 }, () => orders),
    });
  });
});

test('each function has the configured memory', () => {
  const memories = (resources: readonly Resource[]) =>
    new Set(
      resourcesOfType(resources, 'AWS::Lambda::Function').map(
        ({ properties }) => properties.MemorySize,
      ),
    );

  expect(memories(defaults)).toEqual(new Set([512]));
  expect(memories(scaled)).toEqual(new Set([1_024]));
});
