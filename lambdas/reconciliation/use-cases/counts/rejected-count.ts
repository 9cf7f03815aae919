import type { Instant } from '../../../shared/core/instant.ts';
import { nextVersion } from '../../../shared/core/next-version.ts';
import { recordRejection } from '../../domain/approval.ts';
import {
  type ComparedCount,
  compareWithBook,
  isSupersededBy,
  toCountDetection,
} from '../../domain/counts/count.ts';
import { type Approval, advanceFinding, type Finding } from '../../domain/finding.ts';
import type { CountToPost } from '../../domain/repair.ts';
import { updateFinding } from '../findings/update-finding.ts';
import type { AuditClient, CountStore, FindingStore } from '../ports.ts';

type RejectedCountPorts = {
  readonly findings: FindingStore;
  readonly counts: CountStore;
  readonly audits: AuditClient;
};
type RejectedCount = {
  readonly finding: Finding;
  readonly approval: Approval;
  readonly count: CountToPost;
  /** Error code of inventory. */
  readonly code: string;
  readonly rejection: { readonly by: string; readonly now: Instant; readonly lastError: string };
};

/**
 * Revises the finding of an approved count that inventory rejected, and returns it. A newer count
 * closes the finding. After another count or a manual adjustment, the count is compared again and
 * needs a new approval.
 */
export async function reviseRejectedCount(
  { findings, counts, audits }: RejectedCountPorts,
  { finding, approval, count, code, rejection }: RejectedCount,
): Promise<Finding> {
  const isOutdated = code === 'COUNT_SUPERSEDED' || code === 'VERSION_CONFLICT';
  const basis = isOutdated ? await audits.countBasis({ ...count, at: count.countedAt }) : undefined;
  const lastCount = basis?.lastCount;
  const newerCount =
    lastCount !== undefined && isSupersededBy(count, lastCount) ? lastCount : undefined;
  const after = await updateFinding(findings, finding.findingId, (before = finding) => {
    const reopened = recordRejection(before, approval, rejection);
    if (reopened === before || basis === undefined) return reopened;
    if (newerCount !== undefined)
      return advanceFinding(before, {
        status: 'CLOSED',
        ...rejection,
        note: 'a later count was posted',
      });
    const detection = toCountDetection(compareWithBook(count, basis), basis);
    return { ...reopened, ...detection, revision: before.revision + 1 };
  });
  if (newerCount !== undefined)
    await recordSuperseded(counts, count, newerCount.countId, rejection.now);
  return after;
}

export const supersedeCount = (
  count: ComparedCount,
  supersededBy: string,
): ComparedCount & { readonly status: 'SUPERSEDED' } => ({
  ...count,
  status: 'SUPERSEDED',
  delta: 0,
  supersededBy,
});

/** Saves the status SUPERSEDED of a count that awaited approval. */
export async function recordSuperseded(
  counts: CountStore,
  { countId }: Pick<CountToPost, 'countId'>,
  supersededBy: string,
  now: Instant,
): Promise<void> {
  const count = await counts.get(countId);
  if (count?.status !== 'PENDING_APPROVAL') return;
  await counts.save(nextVersion(supersedeCount(count, supersededBy), now));
}
