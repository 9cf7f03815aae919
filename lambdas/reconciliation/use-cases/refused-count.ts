import { type Instant, toIso } from '../../shared/core/instant.ts';
import { rejected } from '../domain/approval.ts';
import { type ComparedCount, detectedInCount, isSupersededBy, toPost } from '../domain/count.ts';
import { type Approval, type Finding, stepped } from '../domain/finding.ts';
import type { CountToPost } from '../domain/repair.ts';
import type { Audits, CountStore, FindingStore } from './ports.ts';
import { changeFinding } from './report-finding.ts';

type Ports = {
  readonly findings: FindingStore;
  readonly counts: CountStore;
  readonly audits: Audits;
};
type RefusedCount = {
  readonly finding: Finding;
  readonly approval: Approval;
  readonly count: CountToPost;
  /** Code of inventory's refusal. */
  readonly code: string;
  readonly reason: { readonly by: string; readonly now: Instant; readonly lastError: string };
};

/**
 * Returns the finding of an approved count that inventory did not post. A newer count closes it. Where another count or a manual
 * adjustment was posted since, the count is compared again, and a person decides again about what that says.
 */
export async function afterRefusedCount(
  { findings, counts, audits }: Ports,
  { finding, approval, count, code, reason }: RefusedCount,
): Promise<Finding> {
  const hasMovedOn = code === 'COUNT_SUPERSEDED' || code === 'BOOK_MOVED_ON';
  const basis = hasMovedOn ? await audits.countBasis({ ...count, at: count.countedAt }) : undefined;
  const lastCount = basis?.lastCount;
  const newer = lastCount !== undefined && isSupersededBy(count, lastCount) ? lastCount : undefined;
  const after = await changeFinding(findings, finding.findingId, (before = finding) => {
    const open = rejected(before, approval, reason);
    if (open === before || basis === undefined) return open;
    if (newer !== undefined)
      return stepped(before, { status: 'CLOSED', ...reason, note: 'a later count was posted' });
    const detected = detectedInCount(toPost(count, basis), basis);
    return { ...open, ...detected, revision: before.revision + 1 };
  });
  if (newer !== undefined) await markSuperseded(counts, count, newer.countId, reason.now);
  return after;
}

export const supersededCount = (
  count: ComparedCount,
  supersededBy: string,
): ComparedCount & { readonly status: 'SUPERSEDED' } => ({
  ...count,
  status: 'SUPERSEDED',
  delta: 0,
  supersededBy,
});

/** Keeps on record that a count that waited for approval is over. */
export async function markSuperseded(
  counts: CountStore,
  { countId }: Pick<CountToPost, 'countId'>,
  supersededBy: string,
  now: Instant,
): Promise<void> {
  const count = await counts.get(countId);
  if (count?.status !== 'PENDING_APPROVAL') return;
  await counts.save({
    ...supersededCount(count, supersededBy),
    version: count.version + 1,
    updatedAt: toIso(now),
  });
}
