import type { Access } from '../../lambdas/contracts/access.ts';
import { integer, option, optionWithDefault, pair } from './option.ts';

/**
 * Requests per second, and at once, on each route. API Gateway responds with 429 beyond it, before
 * a function runs.
 */
export type Throttle = { readonly rateLimit: number; readonly burstLimit: number };
/** Units per second that a table, and each of its indexes, can serve at once. */
export type WarmThroughput = {
  readonly readUnitsPerSecond: number;
  readonly writeUnitsPerSecond: number;
};

/**
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html#events-sqs-max-concurrency
 */
const CONCURRENCY: readonly [number, number] = [2, 1_000];
const CONCURRENCY_DEFAULT = 2;
/** Far above the quota that accounts have, 10 000 requests per second by default. */
const THROTTLE_MAX = 1_000_000;
/**
 * Units of an on-demand table that is new; DynamoDB rejects a warm throughput below.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/warm-throughput.html
 */
export const NEW_TABLE_UNITS: WarmThroughput = {
  readUnitsPerSecond: 12_000,
  writeUnitsPerSecond: 4_000,
};
const WARM_UNITS_MAX = 1_000_000;

const throttleOption = (routes: string, requests: number) =>
  optionWithDefault(
    pair('RATE/BURST, for example 500/250', [1, 1], THROTTLE_MAX, (rateLimit, burstLimit) => ({
      rateLimit,
      burstLimit,
    })),
    { rateLimit: requests, burstLimit: requests },
    {
      description: `limit of each route ${routes}, as \`RATE/BURST\`: requests per second, and at once`,
      defaultText: `\`${requests}/${requests}\``,
    },
  );

const MIN = `${NEW_TABLE_UNITS.readUnitsPerSecond}/${NEW_TABLE_UNITS.writeUnitsPerSecond}`;
const warmThroughputOption = (context: 'inventory' | 'orders' | 'payments') =>
  option(
    pair(
      `READ/WRITE units per second, at least ${MIN}`,
      [NEW_TABLE_UNITS.readUnitsPerSecond, NEW_TABLE_UNITS.writeUnitsPerSecond],
      WARM_UNITS_MAX,
      (readUnitsPerSecond, writeUnitsPerSecond) => ({ readUnitsPerSecond, writeUnitsPerSecond }),
    ),
    {
      description: `warm throughput of the table of ${context} and of each of its indexes, as \`READ/WRITE\` units per second, at least \`${MIN}\`; DynamoDB charges for it once`,
      defaultText: 'none: the table grows with its traffic',
    },
  );

/**
 * The throttles are for about one order per second, which a new account can also take: it may run
 * 10 functions at once. Services have twice what customers have, since each order that is placed
 * calls inventory.
 */
export const CAPACITY_OPTIONS = {
  memoryMegabytes: optionWithDefault(
    // https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
    integer([128, 10_240]),
    512,
    { description: 'memory of each function in megabytes, 128 to 10240' },
  ),
  consumerConcurrency: optionWithDefault(integer(CONCURRENCY), CONCURRENCY_DEFAULT, {
    description:
      'functions that each queue of events may invoke at once, 2 to 1000. Checkout keeps the rest of the account',
  }),
  streamParallelization: optionWithDefault(
    // https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html
    integer([1, 10]),
    1,
    {
      description:
        'functions that each shard of a table’s stream may invoke at once, 1 to 10, for more writes than one function publishes. The changes of an item stay in order',
    },
  ),
  reconcilerConcurrency: optionWithDefault(integer(CONCURRENCY), CONCURRENCY_DEFAULT, {
    description:
      'scan segments of a reconciliation that are processed at once, 2 to 1000; each calls one audit at a time',
  }),
  throttleOrders: throttleOption('of customers', 50),
  throttleStockRead: throttleOption('that reads stock', 50),
  throttleStockWrite: throttleOption('that changes stock', 20),
  throttleOrdersManage: throttleOption('by which staff manage orders', 20),
  throttleOperations: throttleOption('of operations', 20),
  throttleServices: throttleOption('that services call', 100),
  throttleProvider: throttleOption('that the payment provider calls', 50),
  throttlePublic: throttleOption('that needs no authorization', 20),
  warmInventory: warmThroughputOption('inventory'),
  warmOrders: warmThroughputOption('orders'),
  warmPayments: warmThroughputOption('payments'),
};

/** Option with the throttle of the routes of each access. */
export const THROTTLE_OPTIONS = {
  public: 'throttlePublic',
  provider: 'throttleProvider',
  orders: 'throttleOrders',
  'orders.manage': 'throttleOrdersManage',
  'stock.read': 'throttleStockRead',
  'stock.write': 'throttleStockWrite',
  operations: 'throttleOperations',
  service: 'throttleServices',
} as const satisfies Readonly<Record<Access, keyof typeof CAPACITY_OPTIONS>>;
