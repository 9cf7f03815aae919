import * as z from 'zod/mini';
import type { DeadLetterKind } from '../../contracts/dead-letters-api.ts';
import {
  InventoryEvents,
  OrderEvents,
  PaymentEvents,
  ReconciliationEvents,
} from '../../contracts/events.ts';
import { ReconciliationWork, ScheduledRun } from '../../contracts/reconciliation-api.ts';
import { MILLISECONDS_PER_SECOND } from '../../shared/core/instant.ts';
import type { Content } from '../use-cases/ports.ts';

const EVENTS: Readonly<Record<string, z.ZodMiniType>> = {
  ...InventoryEvents,
  ...OrderEvents,
  ...PaymentEvents,
  ...ReconciliationEvents,
};
const Delivery = z.object({ 'detail-type': z.string(), detail: z.unknown() });
const Envelope = z.object({ eventId: z.string() });
const OfOrder = z.object({ data: z.object({ orderId: z.optional(z.string()) }) });
const OfFinding = z.object({ detail: z.object({ data: z.object({ findingId: z.string() }) }) });
/** https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html */
const Changes = z.object({
  requestContext: z.object({ condition: z.string(), approximateInvokeCount: z.int() }),
  DDBStreamBatchInfo: z.object({
    batchSize: z.int(),
    streamArn: z.string(),
    approximateArrivalOfFirstRecord: z.string(),
  }),
});
/** One change that no retry could handle, with the change itself or its place in the stream: see shared/dead-letter.ts. */
const Change = z.object({
  refused: z.object({
    problem: z.string(),
    at: z.iso.datetime(),
    isInStream: z.optional(z.boolean()),
  }),
  Records: z.array(
    z.object({
      eventSourceARN: z.optional(z.string()),
      dynamodb: z.optional(
        // Epoch seconds as Lambda has it; a time where the change was read from the stream again.
        z.object({
          ApproximateCreationDateTime: z.optional(z.union([z.number(), z.iso.datetime()])),
        }),
      ),
    }),
  ),
});
/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-encryption-event-bus-dlq-decrypt.html */
const Encrypted = z.object({
  'detail-type': z.literal('Encrypted Events'),
  detail: z.object({ 'kms-key-arn': z.string() }),
});
const WHAT_CHARACTERS_MAX = 80;

/**
 * Reads a message of a dead letter queue; one that is not as it should be is `unreadable`, and says why. `notes` is what the service
 * that gave it up wrote on it.
 */
export function readLetter(
  kind: DeadLetterKind,
  body: string,
  notes: Readonly<Record<string, string>>,
): Content {
  const noted = faultNoted(notes);
  let content: unknown;
  try {
    content = JSON.parse(body);
  } catch {
    return unreadable('no JSON', 'its body is no JSON');
  }
  switch (kind) {
    case 'event':
    case 'delivery':
      return { ...noted, ...readEvent(content) };
    case 'notice': {
      const told = OfFinding.safeParse(content);
      const finding = told.success ? ` of finding ${told.data.detail.data.findingId}` : '';
      return { about: 'notice', what: `notice${finding}`, ...noted };
    }
    case 'bus': {
      const encrypted = Encrypted.safeParse(content);
      if (!encrypted.success) return { ...noted, ...readEvent(content) };
      const fault = `the bus could not use the key ${encrypted.data.detail['kms-key-arn']}`;
      return { about: 'encrypted', what: 'encrypted event', fault, ...noted };
    }
    case 'stream':
      return readChanges(content);
    case 'work':
      return { ...noted, ...readWork(content) };
    case 'schedule': {
      const run = ScheduledRun.safeParse(content);
      return run.success
        ? { about: 'run', what: `run of ${run.data.scheduledTime ?? 'an unknown time'}`, ...noted }
        : { ...noted, ...unreadable('run', faultIn(run.error)) };
    }
  }
}

const unreadable = (what: string, fault: string): Content => ({
  about: 'unreadable',
  what: what.slice(0, WHAT_CHARACTERS_MAX),
  fault,
});

function readEvent(content: unknown): Content {
  const delivery = Delivery.safeParse(content);
  if (!delivery.success) return unreadable('no event', faultIn(delivery.error));
  const { 'detail-type': type, detail } = delivery.data;
  const schema = Object.hasOwn(EVENTS, type) ? EVENTS[type] : undefined;
  if (schema === undefined) return unreadable(type, 'there is no event of this type');
  const parsed = schema.safeParse(detail);
  const envelope = Envelope.safeParse(detail);
  const eventId = envelope.success ? envelope.data : {};
  if (!parsed.success) return { ...unreadable(type, faultIn(parsed.error)), ...eventId };
  const ofOrder = OfOrder.safeParse(detail);
  const orderId = ofOrder.success ? ofOrder.data.data.orderId : undefined;
  return { about: 'event', what: type, ...eventId, ...(orderId === undefined ? {} : { orderId }) };
}

function readChanges(content: unknown): Content {
  const change = Change.safeParse(content);
  if (change.success) return readChange(change.data);
  const changes = Changes.safeParse(content);
  if (!changes.success) return unreadable('changes of a table', faultIn(changes.error));
  const { requestContext, DDBStreamBatchInfo: batch } = changes.data;
  return {
    about: 'changes',
    what: `${batch.batchSize} change${batch.batchSize === 1 ? '' : 's'} of ${tableIn(batch.streamArn)}`,
    fault: `${requestContext.condition} after ${requestContext.approximateInvokeCount} invocations`,
    since: Date.parse(batch.approximateArrivalOfFirstRecord),
  };
}

const tableIn = (arn: string): string => /:table\/([^/]+)/.exec(arn)?.[1] ?? arn;

const readChange = ({ refused, Records: [first] }: z.infer<typeof Change>): Content => {
  const { ApproximateCreationDateTime: createdAt = refused.at } = first?.dynamodb ?? {};
  return {
    about: refused.isInStream ? 'changes' : 'change',
    what: `1 change of ${tableIn(first?.eventSourceARN ?? 'a table')}`,
    fault: refused.problem,
    since:
      typeof createdAt === 'number' ? createdAt * MILLISECONDS_PER_SECOND : Date.parse(createdAt),
  };
};

function readWork(content: unknown): Content {
  const work = ReconciliationWork.safeParse(content);
  if (!work.success) return unreadable('work', faultIn(work.error));
  return {
    about: 'work',
    what:
      work.data.kind === 'repair'
        ? `repair of finding ${work.data.findingId}`
        : `${work.data.part.walk}, part ${work.data.part.segment}, of reconciliation ${work.data.part.reconciliationId}`,
  };
}

/**
 * Returns the error that a service noted on what it gave up: EventBridge and Scheduler in capitals, Lambda (the DLQ of an asynchronous
 * invocation) not.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html#invocation-dlq
 */
function faultNoted(notes: Readonly<Record<string, string>>) {
  const noted = [notes.ERROR_CODE, notes.ERROR_MESSAGE ?? notes.ErrorMessage];
  const words = noted.filter((part) => part !== undefined).join(': ');
  return words === '' ? {} : { fault: words };
}

/** Where it does not fit, and how. */
const faultIn = (error: z.core.$ZodError): string =>
  `it does not fit its schema: ${error.issues
    .map(({ path, message }) => `${path.join('.') || 'the whole'}: ${message}`)
    .join('; ')}`;
