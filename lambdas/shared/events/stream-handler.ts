import middy from '@middy/core';
import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import * as z from 'zod/mini';
import { systemClock } from '../core/clock.ts';
import { type Instant, toIso } from '../core/instant.ts';
import { UnreadableRecord } from '../core/unreadable.ts';
import { toItem } from '../dynamodb/item.ts';
import { log } from '../observability/logger.ts';
import { type DeadLetter, readDeadLetter } from './dead-letter.ts';
import type { Progress, Refused } from './progress.ts';
import { readAgain, readOneAgain } from './stream-range.ts';

export type Item = Readonly<Record<string, unknown>>;
/** One change of a table: the item before and after it. */
export type ItemChange = { readonly before: Item | undefined; readonly after: Item | undefined };

type Consumer = {
  /** Handles changes in their order. Throws nothing for a known failure. */
  readonly run: (changes: readonly ItemChange[]) => Promise<Progress>;
  readonly deadLetters: DeadLetters;
  readonly mended: Mended;
};

/** Puts a change that no retry can handle into the consumer's dead letter queue. */
export type DeadLetters = (record: ChangeRecord, problem: string, at: string) => Promise<void>;

/** Rule by which a redriven change uses the record as it is stored now, because that was mended. */
export type Mended = {
  readonly stored: (key: Item) => Promise<Item | undefined>;
  /** True where the stored item may stand for the one of the change. */
  readonly isOf: (stored: Item, changed: Item) => boolean;
};

/** Returns true where the stored item has the version of the change: its record was mended, and has not changed otherwise. */
export const isSameVersion: Mended['isOf'] = (stored, changed) =>
  stored.version === changed.version;

/** What Lambda puts into the DLQ for changes that it gave up: where they are in the stream. An operator redrives it as it is. */
const GivenUp = z.object({
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
export function streamHandler(consumer: Consumer) {
  return middy<DynamoDBStreamEvent, DynamoDBBatchResponse>().handler(async (event) => {
    const letter = readDeadLetter(event);
    if (letter !== undefined) {
      await redrive(consumer, letter);
      return { batchItemFailures: [] };
    }
    const givenUp = GivenUp.safeParse(event);
    const records: readonly ChangeRecord[] = givenUp.success
      ? await readAgain(givenUp.data.DDBStreamBatchInfo)
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
  { run, deadLetters }: Consumer,
  records: readonly ChangeRecord[],
  now: Instant,
): Promise<ChangeRecord | undefined> {
  const { done, refused = [], fault } = await run(records.map(toChange));
  for (const { index, fault: problem } of refused) {
    const record = records[index];
    if (record === undefined) continue;
    const { eventID: eventId } = record;
    log.error('stream record refused', problem, { eventId });
    try {
      await deadLetters(record, messageOf(problem), toIso(now));
    } catch (error) {
      log.error('dead letter not sent', error, { eventId });
      return record;
    }
  }
  const failed = records[done];
  if (failed !== undefined)
    log.error('stream record failed', fault, { eventId: failed.eventID, done, of: records.length });
  return failed;
}

/**
 * Handles one change of the DLQ. Where it is refused again, its record may have been mended in the table since: then the stored item
 * stands for the one of the change. Throws what is wrong, for the operator; the change stays in its queue.
 */
async function redrive(
  { run, mended }: Consumer,
  { record, isInStream }: DeadLetter,
): Promise<void> {
  const whole = isInStream ? await readOneAgain(record) : record;
  const change = toChange(whole);
  const refusal = await refusalOf(run, change);
  if (refusal === undefined) return;
  const stored = await mended.stored(itemOf(whole.dynamodb?.Keys) ?? {});
  if (stored === undefined || !mended.isOf(stored, change.after ?? {}))
    throw new Error(
      `${refusal}. Its record ${stored === undefined ? 'is not in the table any more' : 'has another version by now'}, so its events cannot be derived: discard it, then run a full reconciliation.`,
    );
  const again = await refusalOf(run, { ...change, after: stored });
  if (again !== undefined)
    throw new Error(`${again}. Mend the record in the table, then redrive this.`);
}

/** Returns why no retry can handle the change, undefined when it was handled. Throws why it failed for now. */
async function refusalOf(run: Consumer['run'], change: ItemChange): Promise<string | undefined> {
  const { done, refused: [refused] = [], fault } = await run([change]);
  if (done === 0) throw fault;
  if (refused === undefined) return undefined;
  log.error('stream record refused', refused.fault, { isRedriven: true });
  return messageOf(refused.fault);
}

const messageOf = (fault: unknown): string =>
  fault instanceof Error ? fault.message : String(fault);

/** A record of a stream, as Lambda hands it over or as it is read from the stream. */
export type ChangeRecord = {
  readonly eventID?: string | undefined;
  readonly eventSourceARN?: string | undefined;
  readonly dynamodb?:
    | {
        readonly Keys?: unknown;
        readonly OldImage?: unknown;
        readonly NewImage?: unknown;
        readonly SequenceNumber?: string | undefined;
        readonly ApproximateCreationDateTime?: unknown;
      }
    | undefined;
};

const toChange = ({ dynamodb }: ChangeRecord): ItemChange => ({
  before: itemOf(dynamodb?.OldImage),
  after: itemOf(dynamodb?.NewImage),
});

// aws-lambda's type of an attribute, and that of the streams' client, are DynamoDB's of other days; all are the wire's.
const itemOf = (image: unknown): Item | undefined =>
  image === undefined ? undefined : toItem(image as Parameters<typeof toItem>[0]);

/** Runs a consumer on the changes that can be read, and refuses the others. Returns places in the whole batch. */
export async function runReadable<Value>(
  changes: readonly ItemChange[],
  read: (change: ItemChange) => Value,
  run: (values: readonly Value[]) => Promise<Progress>,
): Promise<Progress> {
  const readable: { readonly index: number; readonly value: Value }[] = [];
  const refused: Refused[] = [];
  for (const [index, change] of changes.entries()) {
    try {
      readable.push({ index, value: read(change) });
    } catch (fault) {
      if (!(fault instanceof UnreadableRecord)) throw fault;
      refused.push({ index, fault });
    }
  }
  const ended = await run(readable.map(({ value }) => value));
  const placeOf = (place: number): number => readable[place]?.index ?? changes.length;
  const done = placeOf(ended.done);
  const ofRun = (ended.refused ?? []).map(({ index, fault }) => ({ index: placeOf(index), fault }));
  return {
    ...ended,
    done,
    refused: [...refused, ...ofRun]
      .filter(({ index }) => index < done)
      .sort((a, b) => a.index - b.index),
  };
}
