import { beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod/mini';
import { synthesized } from '../../support/infra/synth.ts';
import { ofType, type Resource, read, resourcesOf } from '../../support/infra/templates.ts';

let usual: readonly Resource[];
let large: readonly Resource[];

beforeAll(() => {
  usual = resourcesOf(synthesized());
  large = resourcesOf(
    synthesized({
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

/** The functions that a queue may invoke at once, by the queue. */
const concurrencies = (resources: readonly Resource[]) =>
  Object.fromEntries(
    ofType(resources, 'AWS::Lambda::EventSourceMapping')
      .map((mapping) => read(Mapping, mapping))
      .filter(({ EventSourceArn }) => /\/Queue\.Arn$/.test(EventSourceArn))
      .map(({ EventSourceArn, ScalingConfig }) => [
        EventSourceArn,
        ScalingConfig?.MaximumConcurrency,
      ]),
  );

describe('a queue', () => {
  test('invokes the fewest functions that AWS allows, so that checkout keeps the rest of a new account', () => {
    const limits = concurrencies(usual);

    expect(Object.keys(limits)).toHaveLength(7);
    expect(new Set(Object.values(limits))).toEqual(new Set([2]));
  });

  test('invokes as many as the configuration says: the reconciler apart from the consumers of events', () => {
    const { [WORK_QUEUE]: reconciler, ...consumers } = concurrencies(large);

    expect(reconciler).toBe(8);
    expect(new Set(Object.values(consumers))).toEqual(new Set([50]));
  });
});

const FromStream = z.object({
  EventSourceArn: z.string(),
  ParallelizationFactor: z.optional(z.number()),
  BisectBatchOnFunctionError: z.literal(true),
});

/** The functions that each shard of a stream may invoke at once. */
const parallelizations = (resources: readonly Resource[]) =>
  ofType(resources, 'AWS::Lambda::EventSourceMapping')
    .filter((mapping) => read(Mapping, mapping).EventSourceArn.endsWith('.StreamArn'))
    .map((mapping) => read(FromStream, mapping).ParallelizationFactor);

describe('a stream', () => {
  test('is handled by one function of each shard, as by default in AWS', () => {
    expect(parallelizations(usual)).toEqual([1, 1, 1, 1, 1]);
  });

  test('is handled by as many as the configuration says', () => {
    expect(parallelizations(large)).toEqual([4, 4, 4, 4, 4]);
  });
});

const Warm = z.optional(
  z.object({ ReadUnitsPerSecond: z.number(), WriteUnitsPerSecond: z.number() }),
);
const Table = z.object({
  WarmThroughput: Warm,
  GlobalSecondaryIndexes: z.optional(z.array(z.object({ WarmThroughput: Warm }))),
});

/** The warm throughput of a table, and of each of its indexes, by the table. */
const warmth = (resources: readonly Resource[]) =>
  Object.fromEntries(
    ofType(resources, 'AWS::DynamoDB::GlobalTable').map((table) => {
      const { WarmThroughput, GlobalSecondaryIndexes = [] } = read(Table, table);
      return [
        table.name,
        [WarmThroughput, ...GlobalSecondaryIndexes.map((index) => index.WarmThroughput)],
      ];
    }),
  );

describe('a table', () => {
  test('grows with its traffic, and pays for no warm throughput, by default', () => {
    expect(new Set(Object.values(warmth(usual)).flat())).toEqual(new Set([undefined]));
  });

  test('is warm as the configuration says, and so is each of its indexes, which would hold up its writes', () => {
    const inventory = { ReadUnitsPerSecond: 24_000, WriteUnitsPerSecond: 48_000 };
    const orders = { ReadUnitsPerSecond: 12_000, WriteUnitsPerSecond: 8_000 };

    expect(warmth(large)).toEqual({
      ...warmth(usual),
      'inventory/Book': Array.from({ length: 3 }, () => inventory),
      'orders/Orders': Array.from({ length: 4 }, () => orders),
    });
  });
});

test('each function has the memory that the configuration says', () => {
  const memories = (resources: readonly Resource[]) =>
    new Set(
      ofType(resources, 'AWS::Lambda::Function').map(({ properties }) => properties.MemorySize),
    );

  expect(memories(usual)).toEqual(new Set([512]));
  expect(memories(large)).toEqual(new Set([1_024]));
});
