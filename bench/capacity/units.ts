import { isDeepStrictEqual } from 'node:util';
import { type Item, itemBytes } from './item-size.ts';
import {
  type IndexShape,
  keyAttributesOf,
  pickAttributes,
  type TableShape,
  toIndexEntry,
} from './table-shape.ts';

const WRITE_STEP_BYTES = 1_024;
const READ_STEP_BYTES = 4_096;
/**
 * A transaction prepares and commits each item.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-capacity-handling
 */
export const TRANSACTION_FACTOR = 2;

export type Consistency = 'eventual' | 'strong' | 'transactional';
const READ_UNITS_PER_STEP = {
  eventual: 0.5,
  strong: 1,
  transactional: TRANSACTION_FACTOR,
} as const satisfies Readonly<Record<Consistency, number>>;

/** An item before and after a write; undefined if it does not exist. */
export type Images = { readonly before?: Item | undefined; readonly after?: Item | undefined };

const stepsOf = (bytes: number, stepBytes: number): number =>
  Math.max(1, Math.ceil(bytes / stepBytes));
const bytesOf = (item: Item | undefined): number => (item === undefined ? 0 : itemBytes(item));

/**
 * Returns the units of one write to the table, without its indexes: the larger of the item before
 * and after, in steps of 1 KB, at least one. So a delete takes the item's size, or one unit for a
 * missing item; a write whose condition fails takes the current item (`after` = `before`).
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html#write-operation-consumption
 */
export const writeUnits = ({ before, after }: Images): number =>
  stepsOf(Math.max(bytesOf(before), bytesOf(after)), WRITE_STEP_BYTES);

/**
 * Returns the units of reading one item, in steps of 4 KB; a missing item takes a step. The whole
 * item counts, whatever is projected.
 */
export const itemReadUnits = (item: Item | undefined, consistency: Consistency): number =>
  stepsOf(bytesOf(item), READ_STEP_BYTES) * READ_UNITS_PER_STEP[consistency];

/**
 * Returns the units of a page of a query or scan: the items read before any filter, summed and then
 * rounded.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html#read-operation-consumption
 */
export const pageReadUnits = (items: readonly Item[], consistency: 'eventual' | 'strong'): number =>
  stepsOf(
    items.reduce((sum, item) => sum + itemBytes(item), 0),
    READ_STEP_BYTES,
  ) * READ_UNITS_PER_STEP[consistency];

/**
 * Returns the units that one write costs in an index: a put of a new entry, a delete of a removed
 * one, both when the index's key changes, one write when only projected attributes change, none
 * when nothing of it changes. Counted once even in a transaction: an index follows after the
 * transaction.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html#GSI.ThroughputConsiderations.Writes
 */
export function indexWriteUnits(index: IndexShape, table: TableShape, images: Images): number {
  const before = toIndexEntry(index, table, images.before);
  const after = toIndexEntry(index, table, images.after);
  if (before === undefined && after === undefined) return 0;
  if (before === undefined || after === undefined) return writeUnits({ before, after });
  const keys = keyAttributesOf(index.key);
  if (!isDeepStrictEqual(pickAttributes(before, keys), pickAttributes(after, keys)))
    return writeUnits({ before }) + writeUnits({ after });
  return isDeepStrictEqual(before, after) ? 0 : writeUnits({ before, after });
}

export const allIndexesWriteUnits = (table: TableShape, images: Images): number =>
  table.indexes.reduce((sum, index) => sum + indexWriteUnits(index, table, images), 0);

/**
 * Returns the cost of reading a stream: each GetRecords call is one, except those of Lambda's
 * triggers, which are free; writing to a stream costs nothing.
 * https://aws.amazon.com/dynamodb/pricing/on-demand/
 */
export const streamReadUsd = (getRecordsCalls: number, reader: 'lambda' | 'other'): number =>
  reader === 'lambda' ? 0 : (getRecordsCalls * STREAM_USD_PER_100_000_READS) / 100_000;
const STREAM_USD_PER_100_000_READS = 0.02;
