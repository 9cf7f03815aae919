import middy from '@middy/core';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type * as z from 'zod/mini';
import { log } from './logger.ts';

/**
 * A consumer of a context's own queue of work. What fails comes back after the visibility timeout, and at last goes to the DLQ.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */
export function workHandler<Schema extends z.ZodMiniType>(
  work: Schema,
  run: (one: z.infer<Schema>) => Promise<unknown>,
) {
  return middy<SQSEvent, SQSBatchResponse>().handler(async ({ Records }) => {
    const failed: string[] = [];
    for (const { messageId, body, attributes } of Records) {
      try {
        await run(work.parse(JSON.parse(body)));
      } catch (fault) {
        log.error('work failed', fault, { messageId, receives: attributes.ApproximateReceiveCount });
        failed.push(messageId);
      }
    }
    return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
  });
}
