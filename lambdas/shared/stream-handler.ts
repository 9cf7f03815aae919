import middy from '@middy/core';
import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import * as z from 'zod/mini';
import { toItem } from './dynamodb-item.ts';
import { log } from './logger.ts';
import { readAgain } from './stream-range.ts';

export type Item = Readonly<Record<string, unknown>>;
/** One change of a table: the item before and after it. */
export type ItemChange = { readonly before: Item | undefined; readonly after: Item | undefined };

type Batch = {
  /** Handles the changes in their order; answers how many from the front are done. Throws nothing for a known failure. */
  readonly run: (
    changes: readonly ItemChange[],
  ) => Promise<{ readonly done: number; readonly fault?: unknown }>;
};

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
 * A consumer of a table's stream. It reports the first record that is not done; Lambda then comes again from there, halves
 * the batch, and after its last try puts the record into the DLQ.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
 */
export function streamHandler({ run }: Batch) {
  return middy<DynamoDBStreamEvent, DynamoDBBatchResponse>().handler(async (event) => {
    const givenUp = GivenUp.safeParse(event);
    const Records: readonly ChangeRecord[] = givenUp.success
      ? await readAgain(givenUp.data.DDBStreamBatchInfo)
      : event.Records;
    const { done, fault } = await run(Records.map(toChange));
    const stopped = Records[done];
    if (stopped === undefined) return { batchItemFailures: [] };
    log.error('stream record failed', fault, { eventId: stopped.eventID, done, of: Records.length });
    return { batchItemFailures: [{ itemIdentifier: stopped.dynamodb?.SequenceNumber ?? '' }] };
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
