import type { SQSClient } from '@aws-sdk/client-sqs';
import middy from '@middy/core';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import * as z from 'zod/mini';
import { systemClock } from '../core/clock.ts';
import type { Instant } from '../core/instant.ts';
import { log } from '../observability/logger.ts';
import { redeliverSoon, redeliveryClient } from './redelivery.ts';

type Settled = PromiseSettledResult<unknown>;
/** Handles the events of its type in a batch; answers for each, in their order, whether it is done. */
type Consumer = (details: readonly unknown[], now: Instant) => Promise<readonly Settled[]>;

/** Consumes events of one type, each by itself: validated by its schema out of the contracts. */
export const on =
  <Schema extends z.ZodMiniType>(
    event: Schema,
    run: (detail: z.infer<Schema>, now: Instant) => Promise<unknown>,
  ): Consumer =>
  (details, now) =>
    Promise.allSettled(details.map(async (detail) => run(event.parse(detail), now)));

/** Consumes events of one type in company: `run` gets all that are valid, and answers for each of them. */
export const onAll =
  <Schema extends z.ZodMiniType>(
    event: Schema,
    run: (details: readonly z.infer<Schema>[], now: Instant) => Promise<readonly Settled[]>,
  ): Consumer =>
  async (details, now) => {
    const read = await Promise.allSettled(details.map(async (detail) => event.parse(detail)));
    const valid = read.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const done = valid.length === 0 ? [] : [...(await run(valid, now))];
    return read.map((one) => (one.status === 'rejected' ? one : (done.shift() ?? UNANSWERED)));
  };
const UNANSWERED: Settled = {
  status: 'rejected',
  reason: new Error('nothing was said of this message'),
};

/** What EventBridge puts into the queue. */
const Delivery = z.object({ 'detail-type': z.string(), detail: z.unknown() });
const Envelope = z.object({ eventId: z.string(), correlationId: z.string() });

type Read = {
  readonly record: SQSRecord;
  readonly type: string;
  readonly detail: unknown;
  /** Why it cannot be read. */
  readonly fault?: unknown;
};

/**
 * Consumes a queue of events, by detail-type. Each message stands for itself: one that fails is reported, and does not hold up the
 * rest of its batch. It is received again after the delays of delivery.ts, and SQS moves it to the DLQ after its last receive.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */
export function queueHandler(
  consumers: Readonly<Record<string, Consumer>>,
  client: SQSClient = redeliveryClient(),
) {
  const consume = async (type: string, messages: readonly Read[]): Promise<readonly string[]> => {
    const details = messages.map(({ detail }) => detail);
    const consumer = Object.hasOwn(consumers, type) ? consumers[type] : undefined;
    const settled =
      consumer === undefined
        ? await Promise.allSettled(
            details.map(() => Promise.reject(new Error(`no consumer for events of type ${type}`))),
          )
        : await consumer(details, systemClock()).catch((reason: unknown) =>
            details.map((): Settled => ({ status: 'rejected', reason })),
          );
    return messages.flatMap((message, index) => tell(message, settled[index] ?? UNANSWERED));
  };

  return middy<SQSEvent, SQSBatchResponse>().handler(async ({ Records }) => {
    const read = Records.map(readOf);
    const types = Map.groupBy(
      read.filter(({ fault }) => fault === undefined),
      ({ type }) => type,
    );
    const unread = read
      .filter(({ fault }) => fault !== undefined)
      .flatMap((message) => tell(message, { status: 'rejected', reason: message.fault }));
    const failed = await Promise.all([...types].map(([type, messages]) => consume(type, messages)));
    const open = new Set([...unread, ...failed.flat()]);
    const again = Records.filter(({ messageId }) => open.has(messageId));
    await redeliverSoon(client, again);
    return { batchItemFailures: again.map(({ messageId }) => ({ itemIdentifier: messageId })) };
  });
}

function readOf(record: SQSRecord): Read {
  try {
    const { 'detail-type': type, detail } = Delivery.parse(JSON.parse(record.body));
    return { record, type, detail };
  } catch (fault) {
    return { record, type: '', detail: undefined, fault };
  }
}

/** Logs what became of a message; answers its id where it is to come again. */
function tell({ record, type, detail, fault }: Read, settled: Settled): readonly string[] {
  const { messageId } = record;
  const told = {
    messageId,
    ...(fault === undefined ? { type, ...Envelope.safeParse(detail).data } : {}),
  };
  if (settled.status === 'fulfilled') {
    log.info('event handled', told);
    return [];
  }
  log.error('message failed', settled.reason, {
    ...told,
    receives: record.attributes.ApproximateReceiveCount,
  });
  return [messageId];
}
