import type { SQSClient } from '@aws-sdk/client-sqs';
import middy from '@middy/core';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type * as z from 'zod/mini';
import { logger } from '../observability/logger.ts';
import { createRedeliveryClient, hideWhileRunning, scheduleRedelivery } from './redelivery.ts';

/**
 * Consumes a context's own queue of work, a message at a time. A message that fails is received again after the delays of
 * delivery.ts, one whose function died soon after the function's time was up, and SQS moves it to the DLQ after its last receive.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */
export function workHandler<Schema extends z.ZodMiniType>(
  work: Schema,
  run: (one: z.infer<Schema>) => Promise<unknown>,
  client: SQSClient = createRedeliveryClient(),
) {
  return middy<SQSEvent, SQSBatchResponse>().handler(async ({ Records }, context) => {
    const failed: SQSEvent['Records'] = [];
    for (const record of Records) {
      const { messageId, body, attributes } = record;
      try {
        await hideWhileRunning(client, record, context.getRemainingTimeInMillis());
        await run(work.parse(JSON.parse(body)));
      } catch (error) {
        logger.error('work item failed', error, {
          messageId,
          receives: attributes.ApproximateReceiveCount,
        });
        failed.push(record);
      }
    }
    await scheduleRedelivery(client, failed);
    return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
  });
}
