import type { FindingKind, FindingStatus } from '../../../contracts/api/reconciliation.ts';
import type { Instant } from '../../../shared/core/instant.ts';
import { tryRead } from '../../../shared/core/unreadable-record.ts';
import { isBlockedByUnreadable } from '../../domain/checks/check-records.ts';
import { advanceFinding, type Finding } from '../../domain/finding.ts';
import { RECONCILER, type Run } from '../../domain/run.ts';
import type { FindingStore } from '../ports.ts';
import { updateFinding } from './update-finding.ts';

/** Kinds that stay open until a person decides. */
const KINDS_NOT_CLOSED_BY_RUNS: ReadonlySet<FindingKind> = new Set(['COUNT_DIFFERS']);
const FINDINGS_PER_PAGE = 100;

/** Closes the open findings that a completed run did not find again. */
export async function closeResolvedFindings(
  findings: FindingStore,
  run: Run,
  foundIds: ReadonlySet<string>,
  now: Instant,
): Promise<void> {
  const unreadableSubjects = await listUnreadableSubjects(findings, foundIds);
  const isResolved = (finding: Finding): boolean =>
    !foundIds.has(finding.findingId) &&
    !isBlockedByUnreadable(finding, unreadableSubjects) &&
    !KINDS_NOT_CLOSED_BY_RUNS.has(finding.kind) &&
    finding.lastSeenAt < run.startedAt &&
    // A cell that kept changing was not checked.
    !(run.unsettledCells > 0 && finding.subject.startsWith('cell:'));
  for await (const finding of iterateFindings(findings, 'OPEN')) {
    if (!isResolved(finding)) continue;
    await updateFinding(findings, finding.findingId, (before = finding) =>
      before.status === 'OPEN' && isResolved(before)
        ? advanceFinding(before, {
            status: 'CLOSED',
            by: RECONCILER,
            now,
            note: `not found in ${run.reconciliationId}`,
          })
        : before,
    );
  }
}

/** Returns the subjects of the run's findings of unreadable records. */
async function listUnreadableSubjects(
  findings: FindingStore,
  foundIds: ReadonlySet<string>,
): Promise<readonly string[]> {
  const subjects: string[] = [];
  for (const findingId of foundIds) {
    const finding = await tryRead(() => findings.get(findingId));
    if (finding?.kind === 'RECORD_UNREADABLE') subjects.push(finding.subject);
  }
  return subjects;
}

/** Yields each finding of a status, page by page. */
export async function* iterateFindings(
  findings: FindingStore,
  status: FindingStatus,
): AsyncGenerator<Finding> {
  let cursor: string | undefined;
  do {
    const page = await findings.list(status, { limit: FINDINGS_PER_PAGE, cursor });
    yield* page.items;
    cursor = page.cursor;
  } while (cursor !== undefined);
}
