/**
 * DynamoDB as the governor has it: an on-demand table whose partitions, transactions and latencies decide how fast one sku can sell. What is
 * of AWS's documents, and what is assumed:
 *
 * - Partitions. A partition takes so many write and read units a second, and no more: a bucket that fills at that rate and holds
 *   `burstSeconds` of it. Keys are hashed to partitions. The burst of up to 300 s of unused capacity is left out: it is best effort, and does not lift the
 *   limit of a partition. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/burst-adaptive-capacity.html
 * - Adaptive capacity. Where `isolates`, the busiest key of a partition that throttles gets one of its own, at once, with an empty bucket,
 *   and never more than one. On AWS that takes traffic for some minutes, or a table that was warmed before: the model is of the state after.
 *   All items of one partition key stay together, though AWS may part them by sort key.
 * - Units are those of bench/capacity. A transaction takes twice the units of each item from the item's partition when it is let in; so
 *   does one that is cancelled for a conflict or a condition, for nothing says that it takes less. What was throttled takes none. Indexes
 *   are billed, and never throttle the table.
 * - Locks. A transaction locks its items from prepare to commit, for a time drawn evenly from `lockMilliseconds`. Another transaction
 *   that meets a lock is cancelled with TransactionConflict, a single write fails with TransactionConflictException, reads are not
 *   disturbed, a transactional read is cancelled. One whose condition fails lets go after half of its time, when it has prepared only.
 *   https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-conflict-handling
 * - Latency. Each request takes `networkMilliseconds` there and back, and what its kind takes in between. A busy partition does not get
 *   slower, it refuses. Single writes do not lock.
 * - Not limited: scans and queries without one partition key, the table as a whole (a new on-demand table takes 4 000 writes a second until
 *   it is warm, `partitions` are what it has by then), the account.
 *
 * Milliseconds are modelled ones, on a clock of the model: one that is dilated by a factor, or one that stands still while DynamoDB Local
 * works, so that it, which does the work, is never what is waited for.
 */
export type DynamoDbModel = {
  readonly partitions: number;
  readonly writeUnitsPerSecond: number;
  readonly readUnitsPerSecond: number;
  readonly burstSeconds: number;
  readonly isolatesBusyKeys: boolean;
  readonly networkMilliseconds: Range;
  readonly readMilliseconds: Range;
  readonly writeMilliseconds: Range;
  readonly lockMilliseconds: Range;
  /** Until a conflict or a throttle is told. */
  readonly rejectionMilliseconds: Range;
};

/** Drawn evenly between the two. */
export type Range = readonly [min: number, max: number];

/**
 * Latencies of single requests are of AWS's "single-digit milliseconds"; the lock's time is that of a two-phase commit, so that a cell
 * takes 91 to 122 transactions a second.
 */
export const DEFAULT_MODEL: DynamoDbModel = {
  partitions: 16,
  writeUnitsPerSecond: 1_000,
  readUnitsPerSecond: 3_000,
  burstSeconds: 1,
  isolatesBusyKeys: true,
  networkMilliseconds: [1, 2],
  readMilliseconds: [1, 3],
  writeMilliseconds: [2, 4],
  lockMilliseconds: [7, 10],
  rejectionMilliseconds: [1, 3],
};

/** A token of a transaction is known so long. https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html */
export const TOKEN_MILLISECONDS = 600_000;
