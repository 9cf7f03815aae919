import middy from '@middy/core';
import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import * as z from 'zod/mini';
import { systemClock } from './clock.ts';
import { toItem } from './dynamodb-item.ts';
import { toIso } from './instant.ts';
import { log } from './logger.ts';
import { readAgain } from './stream-range.ts';
import { UnreadableRecord } from './unreadable.ts';

export type Item = Readonly<Record<string, unknown>>;
/** One change of a table: the item before and after it. */
export type ItemChange = { readonly before: Item | undefined; readonly after: Item | undefined };

type Batch = {
  /** Handles the changes in their order; answers how many from the front are done. Throws nothing for a known failure. */
  readonly run: (
    changes: readonly ItemChange[],
  ) => Promise<{ readonly done: number; readonly fault?: unknown }>;
  readonly deadLetters: DeadLetters;
};

/** Puts a change that cannot be read into the consumer's dead letter queue. */
export type DeadLetters = (record: ChangeRecord, problem: string, at: string) => Promise<void>;

/** What Lambda puts into the DLQ for changes that it gave up: where they are in the stream. An operator redrives it as it is. */
const GivenUp = z.object({
  DDBStreamBatchInfo: z.object({
    streamArn: z.string(),
    shardId: z.string(),
    startSequenceNumber: z.string(),
    endSequenceNumber: z.string(),
  }),
});

/** What `deadLetters` puts into the queue; when an operator redrives it, its change is not put there again. */
const Redriven = z.object({ unreadable: z.object({ problem: z.string() }) });

/**
 * A consumer of a table's stream. It reports the first record that is not done; Lambda retries from there, halves the batch, and after
 * its last try puts the record into the DLQ. Until then the records behind it wait. So a record that cannot be read, which no retry
 * changes, goes to the DLQ at once and alone.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
 */
export function streamHandler({ run, deadLetters }: Batch) {
  return middy<DynamoDBStreamEvent, DynamoDBBatchResponse>().handler(async (event) => {
    const givenUp = GivenUp.safeParse(event);
    const Records: readonly ChangeRecord[] = givenUp.success
      ? await readAgain(givenUp.data.DDBStreamBatchInfo)
      : event.Records;
    const isRedriven = Redriven.safeParse(event).success;
    const changes = Records.map(toChange);
    let done = 0;
    while (done < Records.length) {
      const part = await run(changes.slice(done));
      done += part.done;
      const stopped = Records[done];
      if (stopped === undefined) break;
      log.error('stream record failed', part.fault, { eventId: stopped.eventID, done, of: Records.length });
      if (!(part.fault instanceof UnreadableRecord) || isRedriven)
        return { batchItemFailures: [{ itemIdentifier: stopped.dynamodb?.SequenceNumber ?? '' }] };
      await deadLetters(stopped, part.fault.message, toIso(systemClock()));
      done += 1;
    }
    return { batchItemFailures: [] };
  });
}

/** A record of a stream, as Lambda hands it over or as it is read from the stream. */
export type ChangeRecord = {
  readonly eventID?: string | undefined;
  readonly dynamodb?:
    | {
        readonly OldImage?: unknown;
        readonly NewImage?: unknown;
        readonly SequenceNumber?: string | undefined;
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

type Ended = Awaited<ReturnType<Batch['run']>>;

/** Reads changes up to the first one that cannot be read, and has these handled. */
export async function readInOrder<Value>(
  changes: readonly ItemChange[],
  read: (change: ItemChange) => Value,
  run: (values: readonly Value[]) => Promise<Ended>,
): Promise<Ended> {
  const values: Value[] = [];
  let unreadable: Ended | undefined;
  for (const change of changes) {
    try {
      values.push(read(change));
    } catch (fault) {
      if (!(fault instanceof UnreadableRecord)) throw fault;
      unreadable = { done: values.length, fault };
      break;
    }
  }
  const ended = await run(values);
  return ended.done < values.length ? ended : (unreadable ?? ended);
}
