import type { Access } from '../../lambdas/contracts/access.ts';
import { integer, option, optionWithDefault, pair } from './option.ts';

/**
 * Limit of requests per second, and of concurrent requests, on each route. Beyond it, API Gateway
 * responds with 429 and invokes no function.
 */
export type Throttle = { readonly rateLimit: number; readonly burstLimit: number };
/** Units per second that a table, and each of its indexes, can serve immediately. */
export type WarmThroughput = {
  readonly readUnitsPerSecond: number;
  readonly writeUnitsPerSecond: number;
};

/**
 * Maximum concurrency that Lambda accepts for a queue.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html#events-sqs-max-concurrency
 */
const CONCURRENCY: readonly [number, number] = [2, 1_000];
const CONCURRENCY_DEFAULT = 2;
/** Far above the default quota of an account, 10 000 requests per second. */
const THROTTLE_MAX = 1_000_000;
/**
 * Units of a new on-demand table. DynamoDB rejects a lower warm throughput.
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
      description: `Limit of each route ${routes}, as \`RATE/BURST\`: requests per second, and burst of concurrent requests`,
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
      description: `Warm throughput of the ${context} table and of each of its indexes, as \`READ/WRITE\` units per second, at least \`${MIN}\`. DynamoDB charges for it once`,
      defaultText: 'none: the table grows with its traffic',
    },
  );

/**
 * Capacity settings. The default throttles are for about one order per second, which fits a new
 * account with its limit of 10 concurrent functions. The limit of services is twice that of
 * customers, because each placed order calls inventory.
 */
export const CAPACITY_OPTIONS = {
  memoryMegabytes: optionWithDefault(
    // https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
    integer([128, 10_240]),
    512,
    { description: 'Memory of each function in megabytes, 128 to 10240' },
  ),
  consumerConcurrency: optionWithDefault(integer(CONCURRENCY), CONCURRENCY_DEFAULT, {
    description:
      'Maximum concurrent functions of each event queue, 2 to 1000. The rest of the account’s concurrency remains for checkout',
  }),
  streamParallelization: optionWithDefault(
    // https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html
    integer([1, 10]),
    1,
    {
      description:
        'Maximum concurrent functions of each shard of a table’s stream, 1 to 10. Raise it if one function cannot publish all writes in time. The changes of an item stay in order',
    },
  ),
  reconcilerConcurrency: optionWithDefault(integer(CONCURRENCY), CONCURRENCY_DEFAULT, {
    description:
      'Scan segments of a reconciliation that are processed concurrently, 2 to 1000. Each calls one audit at a time',
  }),
  throttleOrders: throttleOption('for customers', 50),
  throttleStockRead: throttleOption('that reads stock', 50),
  throttleStockWrite: throttleOption('that changes stock', 20),
  throttleOrdersManage: throttleOption('on which staff manage orders', 20),
  throttleOperations: throttleOption('for operations', 20),
  throttleServices: throttleOption('that services call', 100),
  throttleProvider: throttleOption('that the payment provider calls', 50),
  throttlePublic: throttleOption('that reads no data and needs no credentials', 20),
  throttleStorefront: throttleOption('of the storefront, which needs no credentials', 50),
  warmInventory: warmThroughputOption('inventory'),
  warmOrders: warmThroughputOption('orders'),
  warmPayments: warmThroughputOption('payments'),
};

/** Name of the throttle option for the routes of each access class. */
export const THROTTLE_OPTIONS = {
  public: 'throttlePublic',
  storefront: 'throttleStorefront',
  provider: 'throttleProvider',
  orders: 'throttleOrders',
  'orders.manage': 'throttleOrdersManage',
  'stock.read': 'throttleStockRead',
  'stock.write': 'throttleStockWrite',
  operations: 'throttleOperations',
  service: 'throttleServices',
} as const satisfies Readonly<Record<Access, keyof typeof CAPACITY_OPTIONS>>;
