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
  /** Handles changes in their order. Returns expected failures and does not throw them. */
  readonly run: (changes: readonly ItemChange[]) => Promise<BatchProgress>;
  readonly sendDeadLetter: DeadLetterSender;
  readonly fallback: StoredRecordFallback;
};

/** Decides whether a redriven change uses the stored record, which was repaired in the meantime. */
export type StoredRecordFallback = {
  readonly read: (key: Item) => Promise<Item | undefined>;
  /** Returns whether the stored item may replace the item of the change. */
  readonly matches: (stored: Item, changed: Item) => boolean;
};

/**
 * Returns whether the stored item still has the version of the change, so only a repair changed it.
 */
export const isSameVersion: StoredRecordFallback['matches'] = (stored, changed) =>
  stored.version === changed.version;

/**
 * Message that Lambda sends to the DLQ for changes that it no longer retries: their position in the
 * stream. An operator redrives it unchanged.
 */
const OnFailureRecord = z.object({
  DDBStreamBatchInfo: z.object({
    streamArn: z.string(),
    shardId: z.string(),
    startSequenceNumber: z.string(),
    endSequenceNumber: z.string(),
  }),
});

/**
 * Makes the handler of a consumer of a table's stream. A failed change is reported: Lambda retries
 * from there, halves the batch, and sends the change to the DLQ after its last attempt. Until then
 * the changes after it wait. A change that no retry can handle does not make them wait: the handler
 * itself sends it to the DLQ and continues. It reports the change as failed only if it cannot send
 * it.
 *
 * A change is sent after the later ones were handled. If the function crashes in between, Lambda
 * repeats the batch: the later changes are handled twice, and the change is sent then, or twice.
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

/** Returns the first record that Lambda must retry, or undefined if there is none. */
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
 * Handles one change of the DLQ. If it is rejected again, uses the stored item in its place if that
 * has been repaired since. Throws an error for the operator if that is not possible; the change
 * then stays in its queue.
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
      `${rejection}. Its record ${stored === undefined ? 'is no longer in the table' : 'has another version now'}, so its events cannot be derived. Discard this message, then run a full reconciliation.`,
    );
  const secondRejection = await rejectionOf(run, { ...change, after: stored });
  if (secondRejection !== undefined)
    throw new Error(`${secondRejection}. Repair the record in the table, then redrive it.`);
}

/**
 * Returns why no retry can handle the change, or undefined if it was handled. Throws an error that
 * a retry may not meet.
 */
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

/**
 * Runs a consumer on the changes that can be read, and rejects the others. The returned indexes are
 * those of the whole batch.
 */
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
  const toBatchIndex = (index: number): number => readableChanges[index]?.index ?? changes.length;
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
