import type { UnreadableRecord } from '../../contracts/unreadable-record.ts';
import { type Instant, toIso } from '../../shared/core/instant.ts';
import type { Detection } from './finding.ts';

/** A record that is there and cannot be read, as a finding without a repair: only a person can say what it should be. */
export const toUnreadableDetection = (
  { table, key, problem }: UnreadableRecord,
  now: string,
): Detection => ({
  kind: 'RECORD_UNREADABLE',
  subject: `record:${table}/${key}`,
  expected: 'a record of the form that Stockbook writes',
  actual: problem,
  difference: null,
  units: 0,
  explanation: `The record ${key} of the table ${table} cannot be read (${problem}), so nothing was said of what it is compared with. Everything else was checked.`,
  records: [{ table, key, problem }],
  since: now,
});

/** Returns each record once, in the order in which it was met first. */
export const uniqueRecords = (
  records: readonly UnreadableRecord[],
): readonly UnreadableRecord[] => [
  ...new Map(records.map((one) => [`${one.table} ${one.key}`, one])).values(),
];

/** Returns a finding for each record that cannot be read; what it is compared with is left to the run after it was mended. */
export const toUnreadableDetections = (
  records: readonly UnreadableRecord[],
  now: Instant,
): Detection[] => uniqueRecords(records).map((one) => toUnreadableDetection(one, toIso(now)));

/** Ids of records that cannot be read: what names one of them is not judged. */
export const idsOfRecords = (records: readonly UnreadableRecord[]): ReadonlySet<string> =>
  new Set(records.flatMap(({ id }) => (id === undefined ? [] : [id])));

/** Keys of the records with which what a finding is about is compared, by the first word of its subject. */
const COMPARED_KEY_PREFIXES: Readonly<Record<string, readonly string[]>> = {
  cell: ['CELL#', 'SKU#', 'RESERVATION#', 'OPERATION#'],
  reservation: ['CELL#', 'SKU#', 'RESERVATION#', 'ORDER#'],
  operation: ['CELL#', 'SKU#', 'OPERATION#'],
  order: ['ORDER#', 'RESERVATION#', 'PAYMENT#'],
  payment: ['PAYMENT#', 'ORDER#'],
};

/** True where a run that could not read these records may have missed what the finding says: it must not close it. */
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
