import type { SQSClient } from '@aws-sdk/client-sqs';
import middy from '@middy/core';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import * as z from 'zod/mini';
import { systemClock } from '../core/clock.ts';
import type { Instant } from '../core/instant.ts';
import { logger } from '../observability/logger.ts';
import { createRedeliveryClient, scheduleRedelivery } from './redelivery.ts';

type SettledResult = PromiseSettledResult<unknown>;
/** Handles the events of its type in a batch; answers for each, in their order, whether it is done. */
type EventConsumer = (
  details: readonly unknown[],
  now: Instant,
) => Promise<readonly SettledResult[]>;

/** Consumes events of one type, each by itself: validated by its schema out of the contracts. */
export const consumeEach =
  <Schema extends z.ZodMiniType>(
    event: Schema,
    run: (detail: z.infer<Schema>, now: Instant) => Promise<unknown>,
  ): EventConsumer =>
  (details, now) =>
    Promise.allSettled(details.map(async (detail) => run(event.parse(detail), now)));

/** Consumes events of one type in company: `run` gets all that are valid, and answers for each of them. */
export const consumeBatch =
  <Schema extends z.ZodMiniType>(
    event: Schema,
    run: (details: readonly z.infer<Schema>[], now: Instant) => Promise<readonly SettledResult[]>,
  ): EventConsumer =>
  async (details, now) => {
    const read = await Promise.allSettled(details.map(async (detail) => event.parse(detail)));
    const valid = read.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const done = valid.length === 0 ? [] : [...(await run(valid, now))];
    return read.map((one) => (one.status === 'rejected' ? one : (done.shift() ?? NO_RESULT)));
  };
const NO_RESULT: SettledResult = {
  status: 'rejected',
  reason: new Error('nothing was said of this message'),
};

/** What EventBridge puts into the queue. */
const EventBridgeEvent = z.object({ 'detail-type': z.string(), detail: z.unknown() });
const EventIds = z.object({ eventId: z.string(), correlationId: z.string() });

type ParsedMessage = {
  readonly record: SQSRecord;
  readonly type: string;
  readonly detail: unknown;
  /** Why it cannot be read. */
  readonly error?: unknown;
};

/**
 * Consumes a queue of events, by detail-type. Each message stands for itself: one that fails is reported, and does not hold up the
 * rest of its batch. It is received again after the delays of delivery.ts, and SQS moves it to the DLQ after its last receive.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */
export function queueHandler(
  consumers: Readonly<Record<string, EventConsumer>>,
  client: SQSClient = createRedeliveryClient(),
) {
  const consume = async (
    type: string,
    messages: readonly ParsedMessage[],
  ): Promise<readonly string[]> => {
    const details = messages.map(({ detail }) => detail);
    const consumer = Object.hasOwn(consumers, type) ? consumers[type] : undefined;
    const settled =
      consumer === undefined
        ? await Promise.allSettled(
            details.map(() => Promise.reject(new Error(`no consumer for events of type ${type}`))),
          )
        : await consumer(details, systemClock()).catch((reason: unknown) =>
            details.map((): SettledResult => ({ status: 'rejected', reason })),
          );
    return messages.flatMap((message, index) => logOutcome(message, settled[index] ?? NO_RESULT));
  };

  return middy<SQSEvent, SQSBatchResponse>().handler(async ({ Records }) => {
    const parsed = Records.map(parseMessage);
    const types = Map.groupBy(
      parsed.filter(({ error }) => error === undefined),
      ({ type }) => type,
    );
    const unparsedIds = parsed
      .filter(({ error }) => error !== undefined)
      .flatMap((message) => logOutcome(message, { status: 'rejected', reason: message.error }));
    const failed = await Promise.all([...types].map(([type, messages]) => consume(type, messages)));
    const failedIds = new Set([...unparsedIds, ...failed.flat()]);
    const failedRecords = Records.filter(({ messageId }) => failedIds.has(messageId));
    await scheduleRedelivery(client, failedRecords);
    return {
      batchItemFailures: failedRecords.map(({ messageId }) => ({ itemIdentifier: messageId })),
    };
  });
}

function parseMessage(record: SQSRecord): ParsedMessage {
  try {
    const { 'detail-type': type, detail } = EventBridgeEvent.parse(JSON.parse(record.body));
    return { record, type, detail };
  } catch (error) {
    return { record, type: '', detail: undefined, error };
  }
}

/** Logs what became of a message; answers its id where it is to come again. */
function logOutcome(
  { record, type, detail, error }: ParsedMessage,
  settled: SettledResult,
): readonly string[] {
  const { messageId } = record;
  const logFields = {
    messageId,
    ...(error === undefined ? { type, ...EventIds.safeParse(detail).data } : {}),
  };
  if (settled.status === 'fulfilled') {
    logger.info('event handled', logFields);
    return [];
  }
  logger.error('message failed', settled.reason, {
    ...logFields,
    receives: record.attributes.ApproximateReceiveCount,
  });
  return [messageId];
}
