import type { Access } from '../constructs/api/http-api.ts';
import type { ContextReader } from './context-reader.ts';
import { keysOf, type Options } from './option.ts';

/** Requests a second, and at once, on each route. API Gateway answers 429 beyond it, before a function runs. */
export type Throttle = { readonly rateLimit: number; readonly burstLimit: number };
/** Units a second that a table, and each of its indexes, can serve at once. */
export type WarmThroughput = {
  readonly readUnitsPerSecond: number;
  readonly writeUnitsPerSecond: number;
};
/** The contexts whose tables the traffic of orders is on. */
export type OrderTrafficContext = 'inventory' | 'orders' | 'payments';

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MEMORY_MEGABYTES: readonly [number, number] = [128, 10_240];
/** https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html#events-sqs-max-concurrency */
const CONCURRENCY: readonly [number, number] = [2, 1_000];
const CONCURRENCY_DEFAULT = 2;
/** https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html */
const PARALLELIZATION: readonly [number, number] = [1, 10];
const PARALLELIZATION_DEFAULT = 1;
/** Far above the quota that accounts have, 10 000 requests a second by default. */
const THROTTLE_MAX = 1_000_000;
/**
 * Units of an on-demand table that is new; DynamoDB refuses a warm throughput below.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/warm-throughput.html
 */
export const NEW_TABLE_UNITS: WarmThroughput = {
  readUnitsPerSecond: 12_000,
  writeUnitsPerSecond: 4_000,
};
const WARM_UNITS_MAX = 1_000_000;

/**
 * Limits for about one order a second, which also a new account can take: it may run 10 functions at once. Services have twice what
 * customers have, since each order that is placed calls inventory. Operations have the least, since each request walks books.
 */
const THROTTLES: Readonly<Record<Access, Throttle>> = {
  public: { rateLimit: 20, burstLimit: 20 },
  provider: { rateLimit: 50, burstLimit: 50 },
  orders: { rateLimit: 50, burstLimit: 50 },
  'orders.manage': { rateLimit: 20, burstLimit: 20 },
  'stock.read': { rateLimit: 50, burstLimit: 50 },
  'stock.write': { rateLimit: 20, burstLimit: 20 },
  operations: { rateLimit: 20, burstLimit: 20 },
  service: { rateLimit: 100, burstLimit: 100 },
};
const throttleOption = (who: string, access: Access) => ({
  meaning: `limit of each route ${who}, as \`RATE/BURST\`: requests a second, and at once`,
  fallback: `\`${THROTTLES[access].rateLimit}/${THROTTLES[access].burstLimit}\``,
});
const warmThroughputOption = (context: OrderTrafficContext) => ({
  meaning: `warm throughput of the table of ${context} and of each of its indexes, as \`READ/WRITE\` units a second, at least \`${NEW_TABLE_UNITS.readUnitsPerSecond}/${NEW_TABLE_UNITS.writeUnitsPerSecond}\`; DynamoDB charges for it once`,
  fallback: 'none: the table grows with its traffic',
});

export const CAPACITY_OPTIONS = {
  memoryMegabytes: {
    meaning: 'memory of each function in megabytes, 128 to 10240',
    fallback: '`512`',
  },
  consumerConcurrency: {
    meaning:
      'functions that each queue of events may invoke at once, 2 to 1000. Checkout keeps the rest of the account',
    fallback: `\`${CONCURRENCY_DEFAULT}\``,
  },
  streamParallelization: {
    meaning:
      'functions that each shard of a table’s stream may invoke at once, 1 to 10, for more writes than one function publishes. The changes of an item stay in order',
    fallback: `\`${PARALLELIZATION_DEFAULT}\``,
  },
  reconcilerConcurrency: {
    meaning:
      'parts of a reconciliation that are worked on at once, 2 to 1000; each asks one audit at a time',
    fallback: `\`${CONCURRENCY_DEFAULT}\``,
  },
  throttleOrders: throttleOption('of customers', 'orders'),
  throttleStockRead: throttleOption('that reads stock', 'stock.read'),
  throttleStockWrite: throttleOption('that changes stock', 'stock.write'),
  throttleOrdersManage: throttleOption('by which staff manage orders', 'orders.manage'),
  throttleOperations: throttleOption('of operations', 'operations'),
  throttleServices: throttleOption('that services call', 'service'),
  throttleProvider: throttleOption('that the payment provider calls', 'provider'),
  throttlePublic: throttleOption('that needs no authorization', 'public'),
  warmInventory: warmThroughputOption('inventory'),
  warmOrders: warmThroughputOption('orders'),
  warmPayments: warmThroughputOption('payments'),
} as const satisfies Options<string>;
export const CAPACITY_KEYS = keysOf(CAPACITY_OPTIONS);

export type CapacityConfig = {
  readonly memoryMegabytes: number;
  readonly consumerConcurrency: number;
  readonly streamParallelization: number;
  readonly reconcilerConcurrency: number;
  readonly throttles: Readonly<Record<Access, Throttle>>;
  /** Undefined for a table that grows with its traffic. */
  readonly warmThroughput: { readonly [Context in OrderTrafficContext]?: WarmThroughput };
};

type Reader = ContextReader<keyof typeof CAPACITY_OPTIONS>;

/** Reads how much the app takes of the account's capacity. */
export function capacityConfig(read: Reader): CapacityConfig {
  const throttle = (key: keyof typeof CAPACITY_OPTIONS, access: Access): Throttle => {
    const given = read.pair(key, {
      min: [1, 1],
      max: THROTTLE_MAX,
      meaning: 'RATE/BURST, for example 500/250',
    });
    return given === undefined ? THROTTLES[access] : { rateLimit: given[0], burstLimit: given[1] };
  };
  const warmThroughput = (
    key: keyof typeof CAPACITY_OPTIONS,
    context: OrderTrafficContext,
  ): CapacityConfig['warmThroughput'] => {
    const { readUnitsPerSecond: reads, writeUnitsPerSecond: writes } = NEW_TABLE_UNITS;
    const given = read.pair(key, {
      min: [reads, writes],
      max: WARM_UNITS_MAX,
      meaning: `READ/WRITE units a second, at least ${reads}/${writes}`,
    });
    return given === undefined
      ? {}
      : { [context]: { readUnitsPerSecond: given[0], writeUnitsPerSecond: given[1] } };
  };
  return {
    memoryMegabytes: read.integer('memoryMegabytes', 512, MEMORY_MEGABYTES),
    consumerConcurrency: read.integer('consumerConcurrency', CONCURRENCY_DEFAULT, CONCURRENCY),
    streamParallelization: read.integer(
      'streamParallelization',
      PARALLELIZATION_DEFAULT,
      PARALLELIZATION,
    ),
    reconcilerConcurrency: read.integer('reconcilerConcurrency', CONCURRENCY_DEFAULT, CONCURRENCY),
    throttles: {
      orders: throttle('throttleOrders', 'orders'),
      'stock.read': throttle('throttleStockRead', 'stock.read'),
      'stock.write': throttle('throttleStockWrite', 'stock.write'),
      'orders.manage': throttle('throttleOrdersManage', 'orders.manage'),
      operations: throttle('throttleOperations', 'operations'),
      service: throttle('throttleServices', 'service'),
      provider: throttle('throttleProvider', 'provider'),
      public: throttle('throttlePublic', 'public'),
    },
    warmThroughput: {
      ...warmThroughput('warmInventory', 'inventory'),
      ...warmThroughput('warmOrders', 'orders'),
      ...warmThroughput('warmPayments', 'payments'),
    },
  };
}
