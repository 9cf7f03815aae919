import middy from '@middy/core';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import * as z from 'zod/mini';
import { systemClock } from './clock.ts';
import type { Instant } from './instant.ts';
import { log } from './logger.ts';

type Consumer = (detail: unknown, now: Instant) => Promise<unknown>;

/** Consumes events of one type: validated by its schema out of the contracts. */
export const on =
  <Schema extends z.ZodMiniType>(
    event: Schema,
    run: (detail: z.infer<Schema>, now: Instant) => Promise<unknown>,
  ): Consumer =>
  (detail, now) =>
    run(event.parse(detail), now);

/** What EventBridge puts into the queue. */
const Delivery = z.object({ 'detail-type': z.string(), detail: z.unknown() });
const Envelope = z.object({ eventId: z.string(), correlationId: z.string() });

/**
 * A consumer of a queue of events, by detail-type. Each message stands for itself: what fails is reported, comes back after
 * the queue's visibility timeout and at last goes to the DLQ, and holds up nothing else of its batch.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */
export function queueHandler(consumers: Readonly<Record<string, Consumer>>) {
  const consume = async (record: SQSRecord): Promise<string | undefined> => {
    let told: Readonly<Record<string, unknown>> = { messageId: record.messageId };
    try {
      const { 'detail-type': type, detail } = Delivery.parse(JSON.parse(record.body));
      told = { ...told, type, ...Envelope.safeParse(detail).data };
      const consumer = Object.hasOwn(consumers, type) ? consumers[type] : undefined;
      if (consumer === undefined) throw new Error(`no consumer for events of type ${type}`);
      await consumer(detail, systemClock());
      log.info('event handled', told);
      return undefined;
    } catch (fault) {
      log.error('message failed', fault, {
        ...told,
        receives: record.attributes.ApproximateReceiveCount,
      });
      return record.messageId;
    }
  };

  return middy<SQSEvent, SQSBatchResponse>().handler(async ({ Records }) => {
    const failed = (await Promise.all(Records.map(consume))).filter((messageId) => messageId !== undefined);
    return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
  });
}
