import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import middy from '@middy/core';
import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { log } from './logger.ts';

export type Item = Readonly<Record<string, unknown>>;
/** One change of a table: the item before and after it. */
export type ItemChange = { readonly before: Item | undefined; readonly after: Item | undefined };

type Batch = {
  /** Handles the changes in their order; answers how many from the front are done. Throws nothing for a known failure. */
  readonly run: (
    changes: readonly ItemChange[],
  ) => Promise<{ readonly done: number; readonly fault?: unknown }>;
};

/**
 * A consumer of a table's stream. It reports the first record that is not done; Lambda then comes again from there, halves
 * the batch, and after its last try puts the record into the DLQ.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
 */
export function streamHandler({ run }: Batch) {
  return middy<DynamoDBStreamEvent, DynamoDBBatchResponse>().handler(async ({ Records }) => {
    const { done, fault } = await run(Records.map(toChange));
    const stopped = Records[done];
    if (stopped === undefined) return { batchItemFailures: [] };
    log.error('stream record failed', fault, { eventId: stopped.eventID, done, of: Records.length });
    return { batchItemFailures: [{ itemIdentifier: stopped.dynamodb?.SequenceNumber ?? '' }] };
  });
}

const toChange = ({ dynamodb }: DynamoDBRecord): ItemChange => ({
  before: toItem(dynamodb?.OldImage),
  after: toItem(dynamodb?.NewImage),
});

// aws-lambda's type of an attribute is the SDK's of an older day; both are the wire's.
const toItem = (image: NonNullable<DynamoDBRecord['dynamodb']>['NewImage']): Item | undefined =>
  image === undefined ? undefined : unmarshall(image as Record<string, AttributeValue>);
