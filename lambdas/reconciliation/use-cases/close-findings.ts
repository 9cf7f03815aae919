import type { FindingKind, FindingStatus } from '../../contracts/reconciliation-api.ts';
import type { Instant } from '../../shared/core/instant.ts';
import { unlessUnreadable } from '../../shared/core/unreadable.ts';
import { isUnjudged } from '../domain/check-records.ts';
import { type Finding, stepped } from '../domain/finding.ts';
import type { Run } from '../domain/run.ts';
import type { FindingStore } from './ports.ts';
import { RECONCILER } from './repair-finding.ts';
import { changeFinding } from './report-finding.ts';

/** A count stays until it is decided; all else that a whole run did not meet again has gone away. */
const NOT_OF_RUNS: ReadonlySet<FindingKind> = new Set(['COUNT_DIFFERS']);
const PAGE = 100;

export async function closeWhatWentAway(
  findings: FindingStore,
  run: Run,
  met: ReadonlySet<string>,
  now: Instant,
): Promise<void> {
  const unreadable = await unreadableMet(findings, met);
  const isGone = (finding: Finding): boolean =>
    !met.has(finding.findingId) &&
    !isUnjudged(finding, unreadable) &&
    !NOT_OF_RUNS.has(finding.kind) &&
    finding.lastSeenAt < run.startedAt &&
    // A cell that would not hold still was not looked at.
    !(run.unsettled > 0 && finding.subject.startsWith('cell:'));
  for await (const finding of eachOf(findings, 'OPEN')) {
    if (!isGone(finding)) continue;
    await changeFinding(findings, finding.findingId, (before = finding) =>
      before.status === 'OPEN' && isGone(before)
        ? stepped(before, {
            status: 'CLOSED',
            by: RECONCILER,
            now,
            note: `not there any more in ${run.reconciliationId}`,
          })
        : before,
    );
  }
}

/** Subjects of the findings of the run that are about a record that cannot be read. */
async function unreadableMet(
  findings: FindingStore,
  met: ReadonlySet<string>,
): Promise<readonly string[]> {
  const subjects: string[] = [];
  for (const findingId of met) {
    const finding = await unlessUnreadable(() => findings.get(findingId));
    if (finding?.kind === 'RECORD_UNREADABLE') subjects.push(finding.subject);
  }
  return subjects;
}

/** Every finding of a status, page by page. */
export async function* eachOf(
  findings: FindingStore,
  status: FindingStatus,
): AsyncGenerator<Finding> {
  let cursor: string | undefined;
  do {
    const page = await findings.list(status, { limit: PAGE, cursor });
    yield* page.items;
    cursor = page.cursor;
  } while (cursor !== undefined);
}
