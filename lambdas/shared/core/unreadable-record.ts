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
  /** Id under which other records name it; absent where no other record does. */
  readonly id?: string;
  readonly problem: string;
};

/**
 * Thrown where a stored record does not have the form in which its adapter writes it. HTTP returns
 * 500 RECORD_UNREADABLE.
 */
export class UnreadableRecordError extends Error {
  override readonly name = 'UnreadableRecordError';
  readonly record: UnreadableRecord;

  constructor(unreadable: UnreadableRecord) {
    super(`${unreadable.table}: ${unreadable.key} cannot be read: ${unreadable.problem}`);
    this.record = unreadable;
  }
}

/** Records of an audit: those that can be read, and those that cannot. */
export type ReadRecords<Value> = {
  readonly items: readonly Value[];
  readonly unreadable: readonly UnreadableRecord[];
};
export type ReadRecordsPage<Value> = ReadRecords<Value> & { readonly cursor?: string };

/** Undefined where a record that is needed cannot be read; logs it. */
export async function tryRead<Value>(read: () => Promise<Value>): Promise<Value | undefined> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof UnreadableRecordError)) throw error;
    logger.error('record unreadable', error);
    return undefined;
  }
}
