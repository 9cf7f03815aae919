import * as z from 'zod/mini';
import { Accounts, CellName, LostMovement } from '../../contracts/audit-api.ts';
import { Id, Quantity, Sku, Timestamp } from '../../contracts/primitives.ts';
import { FindingKind, FindingStatus } from '../../contracts/reconciliation-api.ts';
import {
  type KindOptions,
  type RecordKind,
  recordKind,
} from '../../shared/dynamodb/read-record.ts';
import { derivedEvents } from '../../shared/events/event-bus.ts';
import type { Item } from '../../shared/events/stream-handler.ts';
import type { Count } from '../domain/count.ts';
import { eventsOf } from '../domain/events.ts';
import type { Finding } from '../domain/finding.ts';
import type { Run, Segment } from '../domain/run.ts';
import { CountRecord, CountToPost } from './count-schemas.ts';
import {
  CLAIM_PREFIX,
  COUNT_PREFIX,
  countKey,
  FINDING_PREFIX,
  findingKey,
  HINT_PREFIX,
  NOTE_PREFIX,
  RUN_PREFIX,
  runKey,
  SEGMENT_PREFIX,
  SPENT_PREFIX,
  segmentKey,
} from './reconciliation-items.ts';

const Text = z.string().check(z.minLength(1));
const Whole = z.int().check(z.minimum(0));
const Version = z.int().check(z.minimum(1));

const LISTED = ['ttl', 'list', 'listedAt'];
const kindOf = <Value>(
  options: Omit<KindOptions<Value>, 'table' | 'storedOnly'>,
): RecordKind<Value> => recordKind({ table: 'reconciliation', storedOnly: LISTED, ...options });

const Checked = z.object({ cells: Whole, reservations: Whole, orders: Whole, payments: Whole });

const RUN = kindOf<Run>({
  type: 'run',
  pk: RUN_PREFIX,
  sk: 'RUN',
  keyOf: ({ reconciliationId }) => runKey(reconciliationId),
  schema: z.object({
    reconciliationId: Id,
    status: z.enum(['RUNNING', 'COMPLETED', 'FAILED']),
    full: z.boolean(),
    segments: z.int().check(z.minimum(1)),
    by: z.string(),
    fingerprint: z.string(),
    startedAt: Timestamp,
    finishedAt: z.exactOptional(Timestamp),
    checked: Checked,
    unsettled: Whole,
    findings: Whole,
    repaired: Whole,
    failure: z.exactOptional(z.string()),
    version: Version,
    updatedAt: Timestamp,
    correlationId: z.string(),
  }),
});

const SEGMENT = kindOf<Segment>({
  type: 'segment',
  pk: RUN_PREFIX,
  sk: SEGMENT_PREFIX,
  keyOf: segmentKey,
  schema: z.object({
    reconciliationId: Id,
    walk: z.enum(['orders', 'payments', 'queues', 'records', 'hinted', 'cells']),
    segment: Whole,
    cursor: z.exactOptional(z.string()),
    isDone: z.boolean(),
    pages: Whole,
    miss: z.exactOptional(z.object({ error: z.string(), count: Version })),
    checked: Checked,
    unsettled: Whole,
    version: Version,
    updatedAt: Timestamp,
  }),
});

type Note = { readonly findingId: string; readonly isRepaired: boolean };
const NOTE = kindOf<Note>({
  type: 'note',
  pk: RUN_PREFIX,
  sk: NOTE_PREFIX,
  keyOf: ({ findingId }) => ({ sk: NOTE_PREFIX + findingId }),
  schema: z.object({ findingId: Id, isRepaired: z.boolean() }),
});

type Hint = { readonly cell: CellName; readonly reservationId: string };
const HINT = kindOf<Hint>({
  type: 'hint',
  pk: RUN_PREFIX,
  sk: HINT_PREFIX,
  schema: z.object({ cell: CellName, reservationId: Id }),
});

const CLAIM = kindOf<{ readonly findingId: string }>({
  type: 'claim',
  pk: RUN_PREFIX,
  sk: CLAIM_PREFIX,
  schema: z.object({ findingId: Id }),
});

const SPENT = kindOf<{ readonly units: number }>({
  type: 'spent',
  pk: RUN_PREFIX,
  sk: SPENT_PREFIX,
  schema: z.object({ units: z.int() }),
});

const Command = z.discriminatedUnion('action', [
  z.object({
    action: z.literal('rebuildBalance'),
    cell: CellName,
    version: Whole,
    accounts: Accounts,
  }),
  z.object({
    action: z.literal('restoreMovements'),
    cell: CellName,
    version: Whole,
    lost: z.array(LostMovement),
  }),
  z.object({
    action: z.enum(['followMovements', 'releaseStock', 'commitStock', 'shipStock']),
    reservationId: Id,
    version: Whole,
    cell: z.exactOptional(CellName),
  }),
  z.object({
    action: z.literal('restoreReservation'),
    reservationId: Id,
    version: z.literal(0),
    placedAt: Timestamp,
    lines: z.array(z.object({ sku: Sku, quantity: Quantity })),
  }),
  z.object({ action: z.enum(['resumeOrder', 'cancelOrder']), orderId: Id, version: Whole }),
  z.object({
    action: z.enum(['capturePayment', 'returnPayment']),
    orderId: Id,
    attempt: Version,
    version: Whole,
  }),
  z.object({ action: z.literal('postCount'), count: CountToPost, short: z.array(z.string()) }),
]);
/** Actions that are read: a test compares them with those of the domain. */
export type ActionRead = z.infer<typeof Command>['action'];

const FINDING = kindOf<Finding>({
  type: 'finding',
  pk: FINDING_PREFIX,
  sk: 'FINDING',
  keyOf: ({ findingId }) => findingKey(findingId),
  schema: z.object({
    findingId: Id,
    kind: FindingKind,
    subject: Text,
    expected: z.unknown(),
    actual: z.unknown(),
    difference: z.unknown(),
    units: Whole,
    explanation: z.string(),
    records: z.array(z.unknown()),
    since: Timestamp,
    repair: z.exactOptional(
      z.object({
        command: Command,
        effect: z.string(),
        units: z.array(z.object({ sku: Sku, units: Whole })),
        isSafe: z.boolean(),
      }),
    ),
    status: FindingStatus,
    revision: Version,
    occurrence: Version,
    detectedAt: Timestamp,
    lastSeenAt: Timestamp,
    reconciliationId: z.exactOptional(Id),
    approval: z.exactOptional(
      z.object({
        revision: Version,
        by: z.string(),
        at: Timestamp,
        isByPolicy: z.boolean(),
        orders: z.exactOptional(z.enum(['cancel', 'keep'])),
        command: Command,
      }),
    ),
    note: z.exactOptional(z.string()),
    lastError: z.exactOptional(z.string()),
    timeline: z.array(
      z.object({
        at: Timestamp,
        status: FindingStatus,
        by: z.string(),
        note: z.exactOptional(z.string()),
      }),
    ),
    version: Version,
    updatedAt: Timestamp,
    correlationId: z.string(),
  }),
});

const COUNT = kindOf<Count>({
  type: 'count',
  pk: COUNT_PREFIX,
  sk: 'COUNT',
  keyOf: ({ countId }) => countKey(countId),
  schema: CountRecord,
});

/** Every kind of record in the table. */
export const RECONCILIATION_RECORDS = [
  RUN,
  SEGMENT,
  NOTE,
  HINT,
  CLAIM,
  SPENT,
  FINDING,
  COUNT,
] as const;

export const toRun = RUN.read;
export const toSegment = SEGMENT.read;
export const toNote = NOTE.read;
export const toHint = HINT.read;
export const toFinding = FINDING.read;
export const toCount = COUNT.read;

const findingEvents = derivedEvents(
  (item: Item | undefined) =>
    item !== undefined && FINDING.matches(item) ? toFinding(item) : undefined,
  (before, after) => (after === undefined ? [] : eventsOf.finding(before, after)),
);
const countEvents = derivedEvents(
  (item: Item | undefined) =>
    item !== undefined && COUNT.matches(item) ? toCount(item) : undefined,
  (before, after) => (after === undefined ? [] : eventsOf.count(before, after)),
);

/** Returns the events of one change of the table. */
export const eventsOfItems = (before: Item | undefined, after: Item | undefined) => [
  ...findingEvents(before, after),
  ...countEvents(before, after),
];
