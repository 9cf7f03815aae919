import middy from '@middy/core';
import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import * as z from 'zod/mini';
import { systemClock } from '../core/clock.ts';
import { type Instant, toIso } from '../core/instant.ts';
import { UnreadableRecordError } from '../core/unreadable-record.ts';
import type { Item } from '../dynamodb/item.ts';
import { logger } from '../observability/logger.ts';
import type { BatchProgress, Rejection } from './batch-progress.ts';
import {
  type DeadLetterSender,
  parseRejectedChange,
  type RejectedChange,
} from './rejected-change.ts';
import { type ChangeRecord, type ItemChange, toChange, toStoredItem } from './stream-change.ts';
import { replayRange, replayRecord } from './stream-replay.ts';

type StreamConsumer = {
  /** Handles changes in their order. Throws nothing for a known failure. */
  readonly run: (changes: readonly ItemChange[]) => Promise<BatchProgress>;
  readonly sendDeadLetter: DeadLetterSender;
  readonly fallback: StoredRecordFallback;
};

/** Rule by which a redriven change uses the record as it is stored now, because that was mended. */
export type StoredRecordFallback = {
  readonly read: (key: Item) => Promise<Item | undefined>;
  /** True where the stored item may stand for the one of the change. */
  readonly matches: (stored: Item, changed: Item) => boolean;
};

/** Returns true where the stored item has the version of the change: its record was mended, and has not changed otherwise. */
export const isSameVersion: StoredRecordFallback['matches'] = (stored, changed) =>
  stored.version === changed.version;

/** What Lambda puts into the DLQ for changes that it gave up: where they are in the stream. An operator redrives it as it is. */
const OnFailureRecord = z.object({
  DDBStreamBatchInfo: z.object({
    streamArn: z.string(),
    shardId: z.string(),
    startSequenceNumber: z.string(),
    endSequenceNumber: z.string(),
  }),
});

/**
 * Makes the handler of a consumer of a table's stream. A change that fails is reported: Lambda retries from there, halves the batch, and
 * after its last try puts the change into the DLQ; until then the changes behind it wait. A change that no retry can handle does not
 * keep them waiting: the handler sends it to the DLQ alone and goes on. Only when it cannot be sent either is it reported as failed.
 *
 * A change is sent after the ones behind it were handled. If the function dies in between, Lambda repeats the batch: those are handled
 * twice, and the change is sent then, or sent twice.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
 */
export function streamHandler(consumer: StreamConsumer) {
  return middy<DynamoDBStreamEvent, DynamoDBBatchResponse>().handler(async (event) => {
    const rejectedChange = parseRejectedChange(event);
    if (rejectedChange !== undefined) {
      await redrive(consumer, rejectedChange);
      return { batchItemFailures: [] };
    }
    const onFailureRecord = OnFailureRecord.safeParse(event);
    const records: readonly ChangeRecord[] = onFailureRecord.success
      ? await replayRange(onFailureRecord.data.DDBStreamBatchInfo)
      : event.Records;
    const failed = await consume(consumer, records, systemClock());
    return {
      batchItemFailures:
        failed === undefined ? [] : [{ itemIdentifier: failed.dynamodb?.SequenceNumber ?? '' }],
    };
  });
}

/** Returns the first record that Lambda has to retry, undefined when there is none. */
async function consume(
  { run, sendDeadLetter }: StreamConsumer,
  records: readonly ChangeRecord[],
  now: Instant,
): Promise<ChangeRecord | undefined> {
  const { handledCount, rejected = [], error } = await run(records.map(toChange));
  for (const rejection of rejected) {
    const record = records[rejection.index];
    if (record === undefined) continue;
    const { eventID: eventId } = record;
    logger.error('stream record rejected', rejection.error, { eventId });
    try {
      await sendDeadLetter(record, messageOf(rejection.error), toIso(now));
    } catch (cause) {
      logger.error('dead letter not sent', cause, { eventId });
      return record;
    }
  }
  const failed = records[handledCount];
  if (failed !== undefined)
    logger.error('stream record failed', error, {
      eventId: failed.eventID,
      handledCount,
      of: records.length,
    });
  return failed;
}

/**
 * Handles one change of the DLQ. Where it is refused again, its record may have been mended in the table since: then the stored item
 * stands for the one of the change. Throws what is wrong, for the operator; the change stays in its queue.
 */
async function redrive(
  { run, fallback }: StreamConsumer,
  { record, imagesOmitted }: RejectedChange,
): Promise<void> {
  const fullRecord = imagesOmitted ? await replayRecord(record) : record;
  const change = toChange(fullRecord);
  const rejection = await rejectionOf(run, change);
  if (rejection === undefined) return;
  const stored = await fallback.read(toStoredItem(fullRecord.dynamodb?.Keys) ?? {});
  if (stored === undefined || !fallback.matches(stored, change.after ?? {}))
    throw new Error(
      `${rejection}. Its record ${stored === undefined ? 'is not in the table any more' : 'has another version by now'}, so its events cannot be derived: discard it, then run a full reconciliation.`,
    );
  const secondRejection = await rejectionOf(run, { ...change, after: stored });
  if (secondRejection !== undefined)
    throw new Error(`${secondRejection}. Mend the record in the table, then redrive this.`);
}

/** Returns why no retry can handle the change, undefined when it was handled. Throws why it failed for now. */
async function rejectionOf(
  run: StreamConsumer['run'],
  change: ItemChange,
): Promise<string | undefined> {
  const { handledCount, rejected: [rejection] = [], error } = await run([change]);
  if (handledCount === 0) throw error;
  if (rejection === undefined) return undefined;
  logger.error('stream record rejected', rejection.error, { isRedriven: true });
  return messageOf(rejection.error);
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

/** Runs a consumer on the changes that can be read, and refuses the others. Returns places in the whole batch. */
export async function consumeReadableChanges<Value>(
  changes: readonly ItemChange[],
  read: (change: ItemChange) => Value,
  run: (values: readonly Value[]) => Promise<BatchProgress>,
): Promise<BatchProgress> {
  const readableChanges: { readonly index: number; readonly value: Value }[] = [];
  const rejected: Rejection[] = [];
  for (const [index, change] of changes.entries()) {
    try {
      readableChanges.push({ index, value: read(change) });
    } catch (error) {
      if (!(error instanceof UnreadableRecordError)) throw error;
      rejected.push({ index, error });
    }
  }
  const progress = await run(readableChanges.map(({ value }) => value));
  const toBatchIndex = (place: number): number => readableChanges[place]?.index ?? changes.length;
  const handledCount = toBatchIndex(progress.handledCount);
  const rejectedByRun = (progress.rejected ?? []).map(({ index, error }) => ({
    index: toBatchIndex(index),
    error,
  }));
  return {
    ...progress,
    handledCount,
    rejected: [...rejected, ...rejectedByRun]
      .filter(({ index }) => index < handledCount)
      .sort((a, b) => a.index - b.index),
  };
}
