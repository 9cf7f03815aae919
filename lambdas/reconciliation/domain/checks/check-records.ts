import type { UnreadableRecord } from '../../../contracts/api/unreadable-record.ts';
import { type Instant, toIso } from '../../../shared/core/instant.ts';
import type { Detection } from '../finding.ts';

/**
 * Reports a stored record that cannot be read. It has no repair: only a person knows its values.
 */
export const toUnreadableDetection = (
  { table, key, problem }: UnreadableRecord,
  now: string,
): Detection => ({
  kind: 'RECORD_UNREADABLE',
  subject: `record:${table}/${key}`,
  expected: 'a record that matches its schema',
  actual: problem,
  difference: null,
  units: 0,
  explanation: `The record ${key} of the table ${table} cannot be read (${problem}), so the records that are compared with it were not checked. Everything else was checked.`,
  records: [{ table, key, problem }],
  since: now,
});

/** Returns each record once, in the order of its first occurrence. */
export const uniqueRecords = (
  records: readonly UnreadableRecord[],
): readonly UnreadableRecord[] => [
  ...new Map(records.map((one) => [`${one.table} ${one.key}`, one])).values(),
];

/** Returns a detection for each record. Records compared with it are checked after its repair. */
export const toUnreadableDetections = (
  records: readonly UnreadableRecord[],
  now: Instant,
): Detection[] => uniqueRecords(records).map((one) => toUnreadableDetection(one, toIso(now)));

/** Returns the ids of unreadable records. Records that name one of them are not checked. */
export const idsOfRecords = (records: readonly UnreadableRecord[]): ReadonlySet<string> =>
  new Set(records.flatMap(({ id }) => (id === undefined ? [] : [id])));

/** Key prefixes of the records that a subject is compared with, by the subject's first word. */
const COMPARED_KEY_PREFIXES: Readonly<Record<string, readonly string[]>> = {
  cell: ['CELL#', 'SKU#', 'RESERVATION#', 'OPERATION#'],
  reservation: ['CELL#', 'SKU#', 'RESERVATION#', 'ORDER#'],
  operation: ['CELL#', 'SKU#', 'OPERATION#'],
  order: ['ORDER#', 'RESERVATION#', 'PAYMENT#'],
  payment: ['PAYMENT#', 'ORDER#'],
  // Only SKUs name a location.
  location: ['SKU#'],
};

/** True if the unreadable records may hide the disagreement, so that a run must not close it. */
export function isBlockedByUnreadable(
  finding: Pick<Detection, 'subject'>,
  unreadableSubjects: readonly string[],
): boolean {
  const [kind = ''] = finding.subject.split(':');
  const keyPrefixes = COMPARED_KEY_PREFIXES[kind] ?? [];
  return unreadableSubjects.some((subject) =>
    keyPrefixes.some((key) => subject.includes(`/${key}`)),
  );
}
