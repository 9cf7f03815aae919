import { ChangeMessageVisibilityBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { MiddlewareObj } from '@middy/core';
import type { SQSEvent, SQSRecord } from 'aws-lambda';
import { MILLISECONDS_PER_SECOND } from '../core/instant.ts';
import { logger } from '../observability/logger.ts';
import { redeliverySecondsAfter } from './delivery-times.ts';

/**
 * Maximum number of entries of ChangeMessageVisibilityBatch.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibilityBatch.html
 */
const ENTRIES_MAX = 10;
const CONNECTION_TIMEOUT_MILLISECONDS = 500;
const REQUEST_TIMEOUT_MILLISECONDS = 1_000;

/**
 * Creates a client that ignores the host of queue URLs, which are derived from ARNs here. It uses
 * the endpoint of the region, or the local runtime's endpoint.
 */
export const createRedeliveryClient = (): SQSClient =>
  new SQSClient({
    useQueueUrlAsEndpoint: false,
    retryMode: 'standard',
    requestHandler: {
      connectionTimeout: CONNECTION_TIMEOUT_MILLISECONDS,
      requestTimeout: REQUEST_TIMEOUT_MILLISECONDS,
      throwOnRequestTimeout: true,
    },
  });

/** Result of each message of a batch, in the order of the messages. */
export type BatchResults = readonly PromiseSettledResult<unknown>[];

/** Schedules the redelivery of the failed messages, before the batch's response reports them. */
export const redeliverFailures = (client: SQSClient): MiddlewareObj<SQSEvent, BatchResults> => ({
  after: async ({ event, response }) => {
    const failed = event.Records.filter((_, index) => response?.[index]?.status === 'rejected');
    await scheduleRedelivery(client, failed);
  },
});

/**
 * Sets when failed messages are received again, by their number of receives (delivery-times.ts).
 * The caller must still report them as failed: otherwise Lambda deletes them. Does not throw:
 * without the change, the queue's visibility timeout applies.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */
async function scheduleRedelivery(client: SQSClient, records: readonly SQSRecord[]): Promise<void> {
  const entries = records.flatMap(({ receiptHandle, attributes }, index) => {
    const seconds = redeliverySecondsAfter(Number(attributes.ApproximateReceiveCount));
    if (seconds === undefined) return [];
    return [{ Id: String(index), ReceiptHandle: receiptHandle, VisibilityTimeout: seconds }];
  });
  const [first] = records;
  if (first === undefined) return;
  await changeVisibility(client, first.eventSourceARN, entries);
}

type Entry = {
  readonly Id: string;
  readonly ReceiptHandle: string;
  readonly VisibilityTimeout: number;
};

async function changeVisibility(
  client: SQSClient,
  queueArn: string,
  entries: readonly Entry[],
): Promise<void> {
  const QueueUrl = queueUrlOf(queueArn);
  for (let from = 0; from < entries.length; from += ENTRIES_MAX) {
    const Entries = entries.slice(from, from + ENTRIES_MAX);
    try {
      const { Failed = [] } = await client.send(
        new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries }),
      );
      const [firstFailure] = Failed;
      if (firstFailure === undefined) continue;
      logger.warn('visibility timeout not changed', {
        messages: Failed.length,
        error: firstFailure.Code,
      });
    } catch (error) {
      logger.warn('visibility timeout not changed', {
        messages: Entries.length,
        error: String(error),
      });
    }
  }
}

/** Time from the end of a function that crashed to the next receive of its message. */
const AFTER_TIMEOUT_SECONDS = 10;

/**
 * Hides a message until shortly after the function's timeout. If the function crashes, SQS delivers
 * the message again then. The queue's own visibility timeout must be several times longer. Does not
 * throw: without the change, the queue's visibility timeout applies.
 */
export async function hideWhileRunning(
  client: SQSClient,
  { eventSourceARN, receiptHandle }: SQSRecord,
  remainingMilliseconds: number,
): Promise<void> {
  const VisibilityTimeout =
    Math.ceil(remainingMilliseconds / MILLISECONDS_PER_SECOND) + AFTER_TIMEOUT_SECONDS;
  const entry = { Id: '0', ReceiptHandle: receiptHandle, VisibilityTimeout };
  await changeVisibility(client, eventSourceARN, [entry]);
}

function queueUrlOf(arn: string): string {
  const [, partition, , region, account, name] = arn.split(':');
  return `https://sqs.${region}.amazonaws.com${partition === 'aws-cn' ? '.cn' : ''}/${account}/${name}`;
}
