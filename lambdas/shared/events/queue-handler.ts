import type { SQSClient } from '@aws-sdk/client-sqs';
import middy from '@middy/core';
import sqsPartialBatchFailure from '@middy/sqs-partial-batch-failure';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import * as z from 'zod/mini';
import { systemClock } from '../core/clock.ts';
import type { Instant } from '../core/instant.ts';
import { logger } from '../observability/logger.ts';
import { type BatchResults, createRedeliveryClient, redeliverFailures } from './redelivery.ts';

export type SqsHandler = (event: SQSEvent, context: Context) => Promise<SQSBatchResponse>;

type SettledResult = PromiseSettledResult<unknown>;
/** Handles the events of one type in a batch. Returns the result of each event, in their order. */
type EventConsumer = (details: readonly unknown[], now: Instant) => Promise<BatchResults>;

/**
 * Consumes the events of one type one by one, after validation with their schema in the contracts.
 */
export const consumeEach =
  <Schema extends z.ZodMiniType>(
    event: Schema,
    run: (detail: z.infer<Schema>, now: Instant) => Promise<unknown>,
  ): EventConsumer =>
  (details, now) =>
    Promise.allSettled(details.map(async (detail) => run(event.parse(detail), now)));

/**
 * Consumes the events of one type together: `run` gets all valid events and returns the result of
 * each.
 */
export const consumeBatch =
  <Schema extends z.ZodMiniType>(
    event: Schema,
    run: (details: readonly z.infer<Schema>[], now: Instant) => Promise<BatchResults>,
  ): EventConsumer =>
  async (details, now) => {
    const parsed = await Promise.allSettled(details.map(async (detail) => event.parse(detail)));
    const valid = parsed.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const results = valid.length === 0 ? [] : [...(await run(valid, now))];
    return parsed.map((one) => (one.status === 'rejected' ? one : (results.shift() ?? NO_RESULT)));
  };
const NO_RESULT: SettledResult = {
  status: 'rejected',
  reason: new Error('The consumer returned no result for this message.'),
};

/** Message that EventBridge sends to a queue. */
const EventBridgeEvent = z.object({ 'detail-type': z.string(), detail: z.unknown() });
const EventIds = z.object({ eventId: z.string(), correlationId: z.string() });

/**
 * Makes the handler of a queue of events, by detail-type. A message that fails is reported and does
 * not stop the rest of its batch. It is received again after the delays of delivery-times.ts, and
 * SQS moves it to the DLQ after its last receive.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */
export function queueHandler(
  consumers: Readonly<Record<string, EventConsumer>>,
  client: SQSClient = createRedeliveryClient(),
): SqsHandler {
  const handler = middy<SQSEvent, BatchResults>()
    .use(sqsPartialBatchFailure({ logger: logFailure }))
    .use(redeliverFailures(client))
    .handler(({ Records }) => consumeAll(consumers, Records, systemClock()));
  // sqsPartialBatchFailure turns the results into Lambda's response.
  return handler as unknown as SqsHandler;
}

/**
 * Passes each message to the consumer of its type. Returns the results in the order of the
 * messages.
 */
async function consumeAll(
  consumers: Readonly<Record<string, EventConsumer>>,
  records: readonly SQSRecord[],
  now: Instant,
): Promise<BatchResults> {
  const results = new Map<SQSRecord, SettledResult>();
  const messages = records.flatMap((record) => {
    try {
      return [{ record, ...parseMessage(record) }];
    } catch (reason) {
      results.set(record, { status: 'rejected', reason });
      return [];
    }
  });
  const consume = async (type: string, group: typeof messages): Promise<void> => {
    const details = group.map(({ detail }) => detail);
    const consumer = Object.hasOwn(consumers, type) ? consumers[type] : undefined;
    const settled = await (consumer ?? rejectUnknown(type))(details, now).catch((reason: unknown) =>
      details.map((): SettledResult => ({ status: 'rejected', reason })),
    );
    for (const [index, { record }] of group.entries()) {
      const result = settled[index] ?? NO_RESULT;
      results.set(record, result);
      if (result.status === 'fulfilled') logger.info('event handled', logFieldsOf(record));
    }
  };
  await Promise.all(
    [...Map.groupBy(messages, ({ type }) => type)].map(([type, group]) => consume(type, group)),
  );
  return records.map((record) => results.get(record) ?? NO_RESULT);
}

const rejectUnknown =
  (type: string): EventConsumer =>
  () =>
    Promise.reject(new Error(`There is no consumer for events of type ${type}.`));

function parseMessage({ body }: SQSRecord): { readonly type: string; readonly detail: unknown } {
  const { 'detail-type': type, detail } = EventBridgeEvent.parse(JSON.parse(body));
  return { type, detail };
}

const logFailure = (error: unknown, record: SQSRecord): void =>
  logger.error('message failed', error, {
    ...logFieldsOf(record),
    receives: record.attributes.ApproximateReceiveCount,
  });

/** Returns the ids of a message and, where it can be read, of its event. */
function logFieldsOf(record: SQSRecord): Readonly<Record<string, unknown>> {
  const { messageId } = record;
  try {
    const { type, detail } = parseMessage(record);
    return { messageId, type, ...EventIds.safeParse(detail).data };
  } catch {
    return { messageId };
  }
}
