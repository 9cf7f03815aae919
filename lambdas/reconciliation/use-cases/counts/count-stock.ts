import type { CountBasis } from '../../../contracts/api/repair.ts';
import type { Instant } from '../../../shared/core/instant.ts';
import { nextVersion } from '../../../shared/core/next-version.ts';
import { err, ok, type Result } from '../../../shared/core/result.ts';
import { retryOptimistic } from '../../../shared/core/retry-optimistic.ts';
import {
  type ComparedCount,
  type Count,
  type CountFacts,
  type CountOutcome,
  type CountResult,
  hasOutcome,
  isSupersededBy,
  isWithinTolerance,
  type Tolerance,
  toCountDetection,
} from '../../domain/counts/count.ts';
import {
  type CountStockInput,
  countToPostOf,
  type InvalidTime,
  planCount,
  toReceivedCount,
  validateCountTime,
} from '../../domain/counts/count-record.ts';
import {
  advanceFinding,
  type Finding,
  mergeDetection,
  pendingCountOf,
} from '../../domain/finding.ts';
import type { CountToPost } from '../../domain/repair.ts';
import { findingIdOf } from '../findings/report-finding.ts';
import { updateFinding } from '../findings/update-finding.ts';
import type { AuditClient, CountStore, FindingStore, RepairClient } from '../ports.ts';
import { recordSuperseded, supersedeCount } from './rejected-count.ts';

type CountStockPorts = {
  readonly counts: CountStore;
  readonly findings: FindingStore;
  readonly audits: AuditClient;
  readonly repairs: RepairClient;
};
export type CountStockError =
  | { readonly kind: 'notFound' }
  | { readonly kind: 'keyReused' }
  | InvalidTime;

/**
 * Limit of attempts: other counts and movements may change the book between its read and the post.
 */
const ATTEMPTS_MAX = 4;

/**
 * Compares a count with the book as of its time, and posts it or opens a finding.
 *
 * A difference within the tolerance is posted at once. A finding asks for approval if the
 * difference is larger, if the count leaves orders without units, or if manual adjustments were
 * entered after it. A count that is not newer than the location's last count, or than the one that
 * awaits approval, is SUPERSEDED and moves nothing. A repeated request continues where the first
 * one stopped. Throws RetryLaterError if the book changes during each attempt or the deadline
 * passes.
 */
export async function countStock(
  ports: CountStockPorts,
  input: CountStockInput,
  defaults: Tolerance,
): Promise<Result<CountResult, CountStockError>> {
  const invalid = validateCountTime(input);
  if (invalid !== undefined) return err(invalid);
  return retryOptimistic({ attempts: ATTEMPTS_MAX, what: `the book of ${input.sku}` }, () =>
    compareAndPost(ports, input, defaults),
  );
}

/**
 * Makes one attempt. Returns undefined if the book or the record of the count changed before the
 * write.
 */
async function compareAndPost(
  ports: CountStockPorts,
  input: CountStockInput,
  defaults: Tolerance,
): Promise<Result<CountResult, CountStockError> | undefined> {
  const stored = await ports.counts.get(input.countId);
  if (stored !== undefined && stored.fingerprint !== input.fingerprint)
    return err({ kind: 'keyReused' });
  if (hasOutcome(stored)) return ok({ ...stored, repeated: true });
  if (stored?.status === 'PLANNED') {
    const posted = await postCount(ports, stored, input);
    if (posted !== undefined) return ok(posted);
  }
  const received = stored ?? toReceivedCount(input);
  const basis = await loadBasis(ports, { received, stored }, input.deadline);
  if (basis === undefined) return err({ kind: 'notFound' });
  const planned = planCount(received, basis, stored, input.now);

  const newer = await findNewerCount(ports.findings, planned, basis);
  if (newer !== undefined) {
    const superseded = supersedeCount(planned, newer);
    return (await ports.counts.save(superseded)) ? ok(superseded) : undefined;
  }
  const outcome = canPostAtOnce(basis, planned, defaults)
    ? await planAndPost(ports, planned, input)
    : await requestApproval(ports, planned, basis, input);
  return outcome && ok(outcome);
}

/**
 * Reads the book as of the count. If the read fails, saves the count with the time of its first
 * request.
 */
async function loadBasis(
  { audits, counts }: CountStockPorts,
  { received, stored }: { readonly received: Count; readonly stored: Count | undefined },
  deadline: Instant | undefined,
): Promise<CountBasis | undefined> {
  const { sku, locationId, counted, countedAt } = received;
  try {
    return await audits.countBasis({ sku, locationId, counted, at: countedAt, deadline });
  } catch (error) {
    if (stored === undefined) await counts.save(received);
    throw error;
  }
}

const canPostAtOnce = (basis: CountBasis, { counted }: CountFacts, defaults: Tolerance): boolean =>
  isWithinTolerance(basis.tolerance ?? defaults, basis, counted) &&
  basis.expected - counted <= basis.available;

/** Returns the id of the newer count: the location's last one, or the one that awaits approval. */
async function findNewerCount(
  findings: FindingStore,
  count: CountFacts,
  { lastCount }: CountBasis,
): Promise<string | undefined> {
  if (lastCount !== undefined && isSupersededBy(count, lastCount)) return lastCount.countId;
  const openFinding = await findings.get(countFindingIdOf(count));
  const pending = openFinding && pendingCountOf(openFinding);
  return pending !== undefined && isSupersededBy(count, pending) ? pending.countId : undefined;
}

/** Saves the plan of a count before it is posted, so that a repeated request continues with it. */
async function planAndPost(
  ports: CountStockPorts,
  planned: ComparedCount,
  input: CountStockInput,
): Promise<CountOutcome | undefined> {
  return (await ports.counts.save(planned)) ? postCount(ports, planned, input) : undefined;
}

/** Posts the count. Returns undefined, without a write, if the book has changed since. */
async function postCount(
  { counts, findings, repairs }: CountStockPorts,
  planned: ComparedCount,
  { by, correlationId, now, deadline }: CountStockInput,
): Promise<CountOutcome | undefined> {
  const findingId = countFindingIdOf(planned);
  const command = {
    action: 'postCount',
    count: countToPostOf(planned),
    unfulfillable: [],
  } as const;
  const result = await repairs.repair({ findingId, command, by, correlationId, deadline });
  if (!result.ok) return undefined;
  const posted = nextVersion({ ...planned, status: 'POSTED' as const }, now);
  if (!(await counts.save(posted))) return undefined;
  await closeOlderFinding(findings, counts, posted, now);
  return posted;
}

const countFindingIdOf = ({ sku, locationId }: Pick<CountFacts, 'sku' | 'locationId'>): string =>
  findingIdOf({ kind: 'COUNT_DIFFERS', subject: `count:${sku}/${locationId}` });

/** Closes the finding of an older count of the location. */
async function closeOlderFinding(
  findings: FindingStore,
  counts: CountStore,
  posted: CountFacts,
  now: Instant,
): Promise<void> {
  const findingId = countFindingIdOf(posted);
  const olderCountOf = (finding: Finding | undefined): CountToPost | undefined => {
    const pending = finding?.status === 'OPEN' ? pendingCountOf(finding) : undefined;
    return pending !== undefined && isSupersededBy(pending, posted) ? pending : undefined;
  };
  const pending = olderCountOf(await findings.get(findingId));
  if (pending === undefined) return;
  await updateFinding(findings, findingId, (before) => {
    if (before === undefined) throw new Error(`finding ${findingId} is gone`);
    return olderCountOf(before) === undefined
      ? before
      : advanceFinding(before, {
          status: 'CLOSED',
          by: 'count',
          now,
          note: 'a later count was posted',
        });
  });
  await recordSuperseded(counts, pending, posted.countId, now);
}

/** Opens a finding. Returns undefined if the finding or the record of the count has changed. */
async function requestApproval(
  { counts, findings }: CountStockPorts,
  planned: ComparedCount,
  basis: CountBasis,
  { by, correlationId, now }: CountStockInput,
): Promise<CountOutcome | undefined> {
  const detection = toCountDetection(countToPostOf(planned), basis);
  const findingId = countFindingIdOf(planned);
  let replacedCount: CountToPost | undefined;
  let isNewerPending = false;
  await updateFinding(findings, findingId, (before) => {
    const pending = before && pendingCountOf(before);
    isNewerPending = pending !== undefined && isSupersededBy(planned, pending);
    if (before !== undefined && isNewerPending) return before;
    replacedCount = pending?.countId === planned.countId ? undefined : pending;
    return mergeDetection(reopenForNewCount(before, planned), detection, {
      findingId,
      by,
      correlationId,
      now,
    });
  });
  if (isNewerPending) return undefined;
  const awaitingApproval = { ...planned, status: 'PENDING_APPROVAL' as const, findingId };
  if (!(await counts.save(awaitingApproval))) return undefined;
  if (replacedCount !== undefined)
    await recordSuperseded(counts, replacedCount, planned.countId, now);
  return awaitingApproval;
}

/** Reopens a finding that was dismissed for another count, even if this one has the same result. */
function reopenForNewCount(
  before: Finding | undefined,
  { countId }: CountFacts,
): Finding | undefined {
  if (before?.status !== 'DISMISSED') return before;
  const command = before.repair?.command;
  const isSame = command?.action === 'postCount' && command.count.countId === countId;
  return isSame ? before : { ...before, status: 'CLOSED' };
}
