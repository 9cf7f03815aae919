import type { SQSClient } from '@aws-sdk/client-sqs';
import middy from '@middy/core';
import sqsPartialBatchFailure from '@middy/sqs-partial-batch-failure';
import type { SQSEvent, SQSRecord } from 'aws-lambda';
import type * as z from 'zod/mini';
import { logger } from '../observability/logger.ts';
import type { SqsHandler } from './queue-handler.ts';
import {
  type BatchResults,
  createRedeliveryClient,
  hideWhileRunning,
  redeliverFailures,
} from './redelivery.ts';

/**
 * Makes the handler of a context's own work queue, which processes one message after another. A
 * failed message is received again after the delays of delivery-times.ts, or soon after the
 * function's timeout if the function crashed. SQS moves it to the DLQ after its last receive.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */
export function workHandler<Schema extends z.ZodMiniType>(
  work: Schema,
  run: (item: z.infer<Schema>) => Promise<unknown>,
  client: SQSClient = createRedeliveryClient(),
): SqsHandler {
  const handler = middy<SQSEvent, BatchResults>()
    .use(sqsPartialBatchFailure({ logger: logFailure }))
    .use(redeliverFailures(client))
    .handler(async ({ Records }, context) => {
      const results: PromiseSettledResult<unknown>[] = [];
      for (const record of Records) {
        const process = async () => {
          await hideWhileRunning(client, record, context.getRemainingTimeInMillis());
          await run(work.parse(JSON.parse(record.body)));
        };
        results.push(...(await Promise.allSettled([process()])));
      }
      return results;
    });
  // sqsPartialBatchFailure turns the results into Lambda's response.
  return handler as unknown as SqsHandler;
}

const logFailure = (error: unknown, { messageId, attributes }: SQSRecord): void =>
  logger.error('work item failed', error, {
    messageId,
    receives: attributes.ApproximateReceiveCount,
  });
