import { ChangeMessageVisibilityBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { MiddlewareObj } from '@middy/core';
import type { SQSEvent, SQSRecord } from 'aws-lambda';
import { MILLISECONDS_PER_SECOND } from '../core/instant.ts';
import { logger } from '../observability/logger.ts';
import { redeliverySecondsAfter } from './delivery-times.ts';

/**
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibilityBatch.html
 */
const ENTRIES_MAX = 10;
const CONNECTION_TIMEOUT_MILLISECONDS = 500;
const REQUEST_TIMEOUT_MILLISECONDS = 1_000;

/**
 * The endpoint is the region's own, or the local runtime's; queue URLs are derived from ARNs and
 * name a queue only.
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

/** Handler's result for each message of a batch, in their order. */
export type BatchResults = readonly PromiseSettledResult<unknown>[];

/** Schedules the redelivery of the messages that failed, before the batch's response names them. */
export const redeliverFailures = (client: SQSClient): MiddlewareObj<SQSEvent, BatchResults> => ({
  after: async ({ event, response }) => {
    const failed = event.Records.filter((_, index) => response?.[index]?.status === 'rejected');
    await scheduleRedelivery(client, failed);
  },
});

/**
 * Sets when messages that failed are received again, by their receives so far (delivery.ts). The
 * caller still reports them as failed: otherwise Lambda deletes them. Does not throw: without the
 * change, the queue's visibility timeout governs.
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

/** A function ends within its time; its message comes back so much later where it died. */
const AFTER_TIMEOUT_SECONDS = 10;

/**
 * Lets a message come back soon after the function's time is up, should the function die: the
 * queue's visibility timeout has to be several times that time. Does not throw: without the change,
 * the visibility timeout governs.
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
