import * as z from 'zod/mini';
import type { DeadLetterKind } from '../../contracts/api/dead-letters.ts';
import { ReconciliationWork, ScheduledRun } from '../../contracts/api/reconciliation.ts';
import {
  InventoryEvents,
  OrderEvents,
  PaymentEvents,
  ReconciliationEvents,
} from '../../contracts/events.ts';
import { MILLISECONDS_PER_SECOND } from '../../shared/core/instant.ts';
import type { MessageContent } from '../use-cases/ports.ts';

const EVENT_SCHEMAS: Readonly<Record<string, z.ZodMiniType>> = {
  ...InventoryEvents,
  ...OrderEvents,
  ...PaymentEvents,
  ...ReconciliationEvents,
};
const Delivery = z.object({ 'detail-type': z.string(), detail: z.unknown() });
const Envelope = z.object({ eventId: z.string() });
const OrderReference = z.object({ data: z.object({ orderId: z.optional(z.string()) }) });
const FindingReference = z.object({
  detail: z.object({ data: z.object({ findingId: z.string() }) }),
});
/** https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html */
const StreamRangeFailure = z.object({
  requestContext: z.object({ condition: z.string(), approximateInvokeCount: z.int() }),
  DDBStreamBatchInfo: z.object({
    batchSize: z.int(),
    streamArn: z.string(),
    approximateArrivalOfFirstRecord: z.string(),
  }),
});
/**
 * One rejected change, with its images or its place in the stream. See
 * shared/events/rejected-change.ts.
 */
const StreamRecordFailure = z.object({
  rejected: z.object({
    reason: z.string(),
    at: z.iso.datetime(),
    imagesOmitted: z.optional(z.boolean()),
  }),
  Records: z.array(
    z.object({
      eventSourceARN: z.optional(z.string()),
      dynamodb: z.optional(
        // Epoch seconds from Lambda. A timestamp if the change was read from the stream again.
        z.object({
          ApproximateCreationDateTime: z.optional(z.union([z.number(), z.iso.datetime()])),
        }),
      ),
    }),
  ),
});
/**
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-encryption-event-bus-dlq-decrypt.html
 */
const EncryptedEvent = z.object({
  'detail-type': z.literal('Encrypted Events'),
  detail: z.object({ 'kms-key-arn': z.string() }),
});
const SUMMARY_CHARACTERS_MAX = 80;

/**
 * Parses a message of a dead-letter queue. A message that does not match its schema is
 * `unreadable`, with the error. `attributes` are those that the sending service added.
 */
export function parseDeadLetter(
  kind: DeadLetterKind,
  body: string,
  attributes: Readonly<Record<string, string>>,
): MessageContent {
  const serviceError = errorFromAttributes(attributes);
  let content: unknown;
  try {
    content = JSON.parse(body);
  } catch {
    return toUnreadableContent('not JSON', 'the body is not JSON');
  }
  switch (kind) {
    case 'event':
    case 'delivery':
      return { ...serviceError, ...parseEvent(content) };
    case 'notification': {
      const reference = FindingReference.safeParse(content);
      const finding = reference.success
        ? ` of finding ${reference.data.detail.data.findingId}`
        : '';
      return { kind: 'notification', summary: `notification${finding}`, ...serviceError };
    }
    case 'bus': {
      const encrypted = EncryptedEvent.safeParse(content);
      if (!encrypted.success) return { ...serviceError, ...parseEvent(content) };
      const keyError = `the bus could not use the key ${encrypted.data.detail['kms-key-arn']}`;
      return {
        kind: 'encryptedEvent',
        summary: 'encrypted event',
        error: keyError,
        ...serviceError,
      };
    }
    case 'stream':
      return parseStreamRange(content);
    case 'work':
      return { ...serviceError, ...parseWork(content) };
    case 'schedule': {
      const run = ScheduledRun.safeParse(content);
      return run.success
        ? {
            kind: 'scheduledRun',
            summary: `run of ${run.data.scheduledTime ?? 'an unknown time'}`,
            ...serviceError,
          }
        : { ...serviceError, ...toUnreadableContent('run', describeSchemaError(run.error)) };
    }
  }
}

const toUnreadableContent = (summary: string, error: string): MessageContent => ({
  kind: 'unreadable',
  summary: summary.slice(0, SUMMARY_CHARACTERS_MAX),
  error,
});

function parseEvent(content: unknown): MessageContent {
  const delivery = Delivery.safeParse(content);
  if (!delivery.success)
    return toUnreadableContent('not an event', describeSchemaError(delivery.error));
  const { 'detail-type': type, detail } = delivery.data;
  const schema = Object.hasOwn(EVENT_SCHEMAS, type) ? EVENT_SCHEMAS[type] : undefined;
  if (schema === undefined) return toUnreadableContent(type, 'no event has this type');
  const parsed = schema.safeParse(detail);
  const envelope = Envelope.safeParse(detail);
  const eventId = envelope.success ? envelope.data : {};
  if (!parsed.success)
    return { ...toUnreadableContent(type, describeSchemaError(parsed.error)), ...eventId };
  const reference = OrderReference.safeParse(detail);
  const orderId = reference.success ? reference.data.data.orderId : undefined;
  return {
    kind: 'event',
    summary: type,
    ...eventId,
    ...(orderId === undefined ? {} : { orderId }),
  };
}

function parseStreamRange(content: unknown): MessageContent {
  const record = StreamRecordFailure.safeParse(content);
  if (record.success) return parseStreamRecord(record.data);
  const range = StreamRangeFailure.safeParse(content);
  if (!range.success)
    return toUnreadableContent('changes of a table', describeSchemaError(range.error));
  const { requestContext, DDBStreamBatchInfo: batch } = range.data;
  return {
    kind: 'streamRange',
    summary: `${batch.batchSize} change${batch.batchSize === 1 ? '' : 's'} of ${tableNameOf(batch.streamArn)}`,
    error: `${requestContext.condition} after ${requestContext.approximateInvokeCount} invocations`,
    oldestChangeAt: Date.parse(batch.approximateArrivalOfFirstRecord),
  };
}

const tableNameOf = (arn: string): string => /:table\/([^/]+)/.exec(arn)?.[1] ?? arn;

const parseStreamRecord = ({
  rejected,
  Records: [first],
}: z.infer<typeof StreamRecordFailure>): MessageContent => {
  const { ApproximateCreationDateTime: createdAt = rejected.at } = first?.dynamodb ?? {};
  return {
    kind: rejected.imagesOmitted ? 'streamRange' : 'streamRecord',
    summary: `1 change of ${tableNameOf(first?.eventSourceARN ?? 'a table')}`,
    error: rejected.reason,
    oldestChangeAt:
      typeof createdAt === 'number' ? createdAt * MILLISECONDS_PER_SECOND : Date.parse(createdAt),
  };
};

function parseWork(content: unknown): MessageContent {
  const work = ReconciliationWork.safeParse(content);
  if (!work.success) return toUnreadableContent('work', describeSchemaError(work.error));
  return {
    kind: 'work',
    summary:
      work.data.kind === 'repair'
        ? `repair of finding ${work.data.findingId}`
        : `${work.data.segmentId.target}, segment ${work.data.segmentId.segment}, of reconciliation ${work.data.segmentId.reconciliationId}`,
  };
}

/**
 * Returns the error that a service added to a message. EventBridge and Scheduler write the names in
 * capitals. Lambda (the DLQ of an asynchronous invocation) does not.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html#invocation-dlq
 */
function errorFromAttributes(attributes: Readonly<Record<string, string>>) {
  const parts = [attributes.ERROR_CODE, attributes.ERROR_MESSAGE ?? attributes.ErrorMessage];
  const text = parts.filter((part) => part !== undefined).join(': ');
  return text === '' ? {} : { error: text };
}

/** Returns where a value does not match its schema, and how. */
const describeSchemaError = (error: z.core.$ZodError): string =>
  `it does not match its schema: ${error.issues
    .map(({ path, message }) => `${path.join('.') || 'the message'}: ${message}`)
    .join('; ')}`;
