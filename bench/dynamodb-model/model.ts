/**
 * DynamoDB as the bench models it: an on-demand table whose partitions, transactions and latencies
 * limit how fast one SKU can sell. The sources in AWS's documents, and the assumptions:
 *
 * - Partitions. A partition takes a fixed number of write and read units a second: a bucket that
 * fills at that rate and holds `burstSeconds` of it. Keys are hashed to partitions. The burst of up
 * to 300 s of unused capacity is not modelled: it is best effort, and does not raise the limit of a
 * partition.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/burst-adaptive-capacity.html
 * - Adaptive capacity. With `isolatesBusyKeys`, the busiest key of a partition that throttles gets
 * a partition of its own, immediately, with an empty bucket, and never more than one. On AWS that
 * takes minutes of traffic, or a table that was warmed before: the model has the state after that.
 * All items of one partition key stay together, though AWS may split them by sort key.
 * - Units are those of bench/capacity. A transaction takes twice the units of each item from the
 * item's partition when it is admitted; so does one that is cancelled for a conflict or a
 * condition, because no document states that it takes less. A throttled request takes none. Indexes
 * are billed, and never throttle the table.
 * - Locks. A transaction locks its items from prepare to commit, for a time drawn uniformly from
 * `lockMilliseconds`. Another transaction that meets a lock is cancelled with TransactionConflict,
 * a single write fails with TransactionConflictException, plain reads are not affected, a
 * transactional read is cancelled. One whose condition fails releases its locks after half of the
 * time, when it has only prepared.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-conflict-handling
 * - Latency. Each request takes `networkMilliseconds` both ways, and the time of its kind in
 * between. A busy partition does not get slower, it rejects. Single writes do not lock.
 * - Not limited: scans and queries without one partition key, the table as a whole (a new on-demand
 * table takes 4 000 writes a second until it is warm; `partitions` is the number that it has by
 * then), the account.
 *
 * Milliseconds are modelled ones, on a clock of the model: either dilated by a factor, or standing
 * still while DynamoDB Local works, so that a bench never waits for DynamoDB Local.
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
  /** Time until a conflict or a throttle is returned. */
  readonly rejectionMilliseconds: Range;
};

/** Limits of a uniform distribution. */
export type Range = readonly [min: number, max: number];

/**
 * Latencies of single requests follow AWS's "single-digit milliseconds"; the time of a lock is that
 * of a two-phase commit, so that a cell takes 91 to 122 transactions a second.
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

/**
 * Time for which the token of a transaction is known.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
 */
export const TOKEN_MILLISECONDS = 600_000;
