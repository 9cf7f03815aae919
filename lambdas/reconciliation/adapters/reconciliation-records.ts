import * as z from 'zod/mini';
import { CellName } from '../../contracts/api/audit.ts';
import { ScanTarget } from '../../contracts/api/reconciliation.ts';
import { Id, Timestamp } from '../../contracts/primitives.ts';
import type { Item } from '../../shared/dynamodb/item.ts';
import {
  defineRecordKind,
  type RecordKind,
  type RecordKindOptions,
} from '../../shared/dynamodb/read-record.ts';
import { createEventDeriver } from '../../shared/events/event-publisher.ts';
import type { Count } from '../domain/counts/count.ts';
import { eventsOf } from '../domain/events.ts';
import type { Finding } from '../domain/finding.ts';
import type { Run, Segment } from '../domain/run.ts';
import { CountRecord } from './count-schemas.ts';
import { FindingRecord } from './finding-schemas.ts';
import {
  CAP_USAGE_PREFIX,
  CLAIM_PREFIX,
  COUNT_PREFIX,
  countKey,
  FINDING_PREFIX,
  findingKey,
  RUN_FINDING_PREFIX,
  RUN_PREFIX,
  runKey,
  SEGMENT_PREFIX,
  SUSPECT_PREFIX,
  segmentKey,
} from './reconciliation-items.ts';

const NonNegativeInteger = z.int().check(z.minimum(0));
const Version = z.int().check(z.minimum(1));

const STORAGE_ATTRIBUTES = ['ttl', 'list', 'listedAt'];
const defineKind = <Value>(
  options: Omit<RecordKindOptions<Value>, 'table' | 'storedOnly'>,
): RecordKind<Value> =>
  defineRecordKind({ table: 'reconciliation', storageOnly: STORAGE_ATTRIBUTES, ...options });

const CheckedRecords = z.object({
  cells: NonNegativeInteger,
  reservations: NonNegativeInteger,
  orders: NonNegativeInteger,
  payments: NonNegativeInteger,
});

const RUN = defineKind<Run>({
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
    checked: CheckedRecords,
    unsettledCells: NonNegativeInteger,
    findings: NonNegativeInteger,
    repaired: NonNegativeInteger,
    failure: z.exactOptional(z.string()),
    version: Version,
    updatedAt: Timestamp,
    correlationId: z.string(),
  }),
});

const SEGMENT = defineKind<Segment>({
  type: 'segment',
  pk: RUN_PREFIX,
  sk: SEGMENT_PREFIX,
  keyOf: segmentKey,
  schema: z.object({
    reconciliationId: Id,
    target: ScanTarget,
    segment: NonNegativeInteger,
    cursor: z.exactOptional(z.string()),
    isDone: z.boolean(),
    pages: NonNegativeInteger,
    failedAttempts: z.exactOptional(z.object({ error: z.string(), count: Version })),
    checked: CheckedRecords,
    unsettledCells: NonNegativeInteger,
    version: Version,
    updatedAt: Timestamp,
  }),
});

type RunFinding = { readonly findingId: string; readonly isRepaired: boolean };
const RUN_FINDING = defineKind<RunFinding>({
  type: 'runFinding',
  pk: RUN_PREFIX,
  sk: RUN_FINDING_PREFIX,
  keyOf: ({ findingId }) => ({ sk: RUN_FINDING_PREFIX + findingId }),
  schema: z.object({ findingId: Id, isRepaired: z.boolean() }),
});

type Suspect = { readonly cell: CellName; readonly reservationId: string };
const SUSPECT = defineKind<Suspect>({
  type: 'suspect',
  pk: RUN_PREFIX,
  sk: SUSPECT_PREFIX,
  schema: z.object({ cell: CellName, reservationId: Id }),
});

const CLAIM = defineKind<{ readonly findingId: string }>({
  type: 'claim',
  pk: RUN_PREFIX,
  sk: CLAIM_PREFIX,
  schema: z.object({ findingId: Id }),
});

const CAP_USAGE = defineKind<{ readonly units: number }>({
  type: 'capUsage',
  pk: RUN_PREFIX,
  sk: CAP_USAGE_PREFIX,
  schema: z.object({ units: z.int() }),
});

const FINDING = defineKind<Finding>({
  type: 'finding',
  pk: FINDING_PREFIX,
  sk: 'FINDING',
  keyOf: ({ findingId }) => findingKey(findingId),
  schema: FindingRecord,
});

const COUNT = defineKind<Count>({
  type: 'count',
  pk: COUNT_PREFIX,
  sk: 'COUNT',
  keyOf: ({ countId }) => countKey(countId),
  schema: CountRecord,
});

/** All kinds of records in the table. */
export const RECONCILIATION_RECORDS = [
  RUN,
  SEGMENT,
  RUN_FINDING,
  SUSPECT,
  CLAIM,
  CAP_USAGE,
  FINDING,
  COUNT,
] as const;

export const toRun = RUN.read;
export const toSegment = SEGMENT.read;
export const toRunFinding = RUN_FINDING.read;
export const toSuspect = SUSPECT.read;
export const toFinding = FINDING.read;
export const toCount = COUNT.read;

const findingEvents = createEventDeriver(
  (item: Item | undefined) =>
    item !== undefined && FINDING.matches(item) ? toFinding(item) : undefined,
  (before, after) => (after === undefined ? [] : eventsOf.finding(before, after)),
);
const countEvents = createEventDeriver(
  (item: Item | undefined) =>
    item !== undefined && COUNT.matches(item) ? toCount(item) : undefined,
  (before, after) => (after === undefined ? [] : eventsOf.count(before, after)),
);

/** Returns the events of one change of the table. */
export const eventsOfItems = (before: Item | undefined, after: Item | undefined) => [
  ...findingEvents(before, after),
  ...countEvents(before, after),
];
