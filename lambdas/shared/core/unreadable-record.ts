import { logger } from '../observability/logger.ts';

/**
 * A stored record that cannot be read: where it is and what is wrong with it. Names attributes and
 * types, never a value.
 */
export type UnreadableRecord = {
  /** Name of the table in `.local/endpoints.json` and in the stacks' outputs. */
  readonly table: string;
  /** Partition key and sort key. */
  readonly key: string;
  /** Id that other records use as a reference; absent if none does. */
  readonly id?: string;
  readonly problem: string;
};

/**
 * Thrown if a stored record does not match the schema of its kind. HTTP returns 500
 * RECORD_UNREADABLE.
 */
export class UnreadableRecordError extends Error {
  override readonly name = 'UnreadableRecordError';
  readonly record: UnreadableRecord;

  constructor(unreadable: UnreadableRecord) {
    super(`${unreadable.table}: ${unreadable.key} cannot be read: ${unreadable.problem}`);
    this.record = unreadable;
  }
}

/** Records of an audit: the readable ones, and a description of each unreadable one. */
export type ReadRecords<Value> = {
  readonly items: readonly Value[];
  readonly unreadable: readonly UnreadableRecord[];
};
export type ReadRecordsPage<Value> = ReadRecords<Value> & { readonly cursor?: string };

/** Runs a read. If a record cannot be read, logs the error and returns undefined. */
export async function tryRead<Value>(read: () => Promise<Value>): Promise<Value | undefined> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof UnreadableRecordError)) throw error;
    logger.error('record unreadable', error);
    return undefined;
  }
}
