import type { CountBasis } from '../../contracts/repair-api.ts';
import { RetryLater } from '../../shared/core/faults.ts';
import { type Instant, toIso } from '../../shared/core/instant.ts';
import { accepted, type Result, refused } from '../../shared/core/result.ts';
import {
  type ComparedCount,
  type Count,
  type Counted,
  detectedInCount,
  type EndedCount,
  isEnded,
  isSupersededBy,
  isWithin,
  type Tolerance,
} from '../domain/count.ts';
import {
  type CountStock,
  type InvalidTime,
  invalidTime,
  planOf,
  receivedOf,
  toPosted,
} from '../domain/count-record.ts';
import { type Finding, pendingCount, seen, stepped } from '../domain/finding.ts';
import type { CountToPost } from '../domain/repair.ts';
import type { Audits, CountStore, FindingStore, Owners } from './ports.ts';
import { markSuperseded, supersededCount } from './refused-count.ts';
import { changeFinding, findingIdOf } from './report-finding.ts';

type Ports = {
  readonly counts: CountStore;
  readonly findings: FindingStore;
  readonly audits: Audits;
  readonly owners: Owners;
};
export type CountRefusal =
  | { readonly kind: 'notFound' }
  | { readonly kind: 'keyReused' }
  | InvalidTime;

/** Another count, or much traffic, may come between the read of the book and the post. */
const TRIES_MAX = 4;

/**
 * Compares a count with the book as of its time. Inside the tolerance it is posted at once. Beyond it, where it leaves orders
 * without their units, or where manual adjustments were entered after it, a finding asks for approval. A count that is not later
 * than the location's last count, or than the one that waits for approval, is SUPERSEDED and moves nothing. A repeated request
 * continues where the first one stopped. Throws RetryLater when the book changes at each try, or time is up.
 */
export async function countStock(
  ports: Ports,
  command: CountStock,
  defaults: Tolerance,
): Promise<Result<EndedCount, CountRefusal>> {
  const invalid = invalidTime(command);
  if (invalid !== undefined) return refused(invalid);
  for (let tried = 0; tried < TRIES_MAX; tried += 1) {
    const known = await ports.counts.get(command.countId);
    if (known !== undefined && known.fingerprint !== command.fingerprint)
      return refused({ kind: 'keyReused' });
    if (isEnded(known)) return accepted(known);
    if (known?.status === 'PLANNED') {
      const ended = await post(ports, known, command);
      if (ended !== undefined) return accepted(ended);
    }
    const received = known ?? receivedOf(command);
    const basis = await basisOf(ports, { received, known }, command.deadline);
    if (basis === undefined) return refused({ kind: 'notFound' });
    const planned = planOf(received, basis, known, command.now);

    const newer = await newerThan(ports.findings, planned, basis);
    if (newer !== undefined) {
      const superseded = supersededCount(planned, newer);
      if (await ports.counts.save(superseded)) return accepted(superseded);
      continue;
    }
    if (!isPostedAtOnce(basis, planned, defaults)) {
      const asked = await askApproval(ports, planned, basis, command);
      if (asked !== undefined) return accepted(asked);
      continue;
    }
    if (!(await ports.counts.save(planned))) continue;
    const ended = await post(ports, planned, command);
    if (ended !== undefined) return accepted(ended);
  }
  throw new RetryLater(`the book of ${command.sku} changed at each of ${TRIES_MAX} tries`);
}

/** Reads the book as of the count. Where that has to be retried later, the count keeps the time of its first request. */
async function basisOf(
  { audits, counts }: Ports,
  { received, known }: { readonly received: Count; readonly known: Count | undefined },
  deadline: Instant | undefined,
): Promise<CountBasis | undefined> {
  const { sku, locationId, counted, countedAt } = received;
  try {
    return await audits.countBasis({ sku, locationId, counted, at: countedAt, deadline });
  } catch (fault) {
    if (known === undefined) await counts.save(received);
    throw fault;
  }
}

const isPostedAtOnce = (basis: CountBasis, { counted }: Counted, defaults: Tolerance): boolean =>
  isWithin(basis.tolerance ?? defaults, basis, counted) &&
  basis.expected - counted <= basis.available;

/** The count that says what this one would: the location's last one, or the one that waits for approval. */
async function newerThan(
  findings: FindingStore,
  count: Counted,
  { lastCount }: CountBasis,
): Promise<string | undefined> {
  if (lastCount !== undefined && isSupersededBy(count, lastCount)) return lastCount.countId;
  const finding = await findings.get(findingIdOfCount(count));
  const pending = finding && pendingCount(finding);
  return pending !== undefined && isSupersededBy(count, pending) ? pending.countId : undefined;
}

/** Posts the count. Undefined where the book has moved on, and nothing was written. */
async function post(
  { counts, findings, owners }: Ports,
  planned: ComparedCount,
  { by, correlationId, now, deadline }: CountStock,
): Promise<EndedCount | undefined> {
  const findingId = findingIdOfCount(planned);
  const command = { action: 'postCount', count: toPosted(planned), short: [] } as const;
  const result = await owners.repair({ findingId, command, by, correlationId, deadline });
  const next = { ...planned, version: planned.version + 1, updatedAt: toIso(now) };
  if (!result.ok) return undefined;
  const posted = { ...next, status: 'POSTED' as const };
  if (!(await counts.save(posted))) return undefined;
  await closeOlder(findings, counts, posted, now);
  return posted;
}

const findingIdOfCount = ({ sku, locationId }: Pick<Counted, 'sku' | 'locationId'>): string =>
  findingIdOf({ kind: 'COUNT_DIFFERS', subject: `count:${sku}/${locationId}` });

/** A count that was posted ends what an older one asks. */
async function closeOlder(
  findings: FindingStore,
  counts: CountStore,
  posted: Counted,
  now: Instant,
): Promise<void> {
  const findingId = findingIdOfCount(posted);
  const older = (finding: Finding | undefined): CountToPost | undefined => {
    const pending = finding?.status === 'OPEN' ? pendingCount(finding) : undefined;
    return pending !== undefined && isSupersededBy(pending, posted) ? pending : undefined;
  };
  const pending = older(await findings.get(findingId));
  if (pending === undefined) return;
  await changeFinding(findings, findingId, (before) => {
    if (before === undefined) throw new Error(`finding ${findingId} is gone`);
    return older(before) === undefined
      ? before
      : stepped(before, { status: 'CLOSED', by: 'count', now, note: 'a later count was posted' });
  });
  await markSuperseded(counts, pending, posted.countId, now);
}

/** Opens a finding. Undefined where the record of the count, or the finding, has moved on. */
async function askApproval(
  { counts, findings }: Ports,
  planned: ComparedCount,
  basis: CountBasis,
  { by, correlationId, now }: CountStock,
): Promise<EndedCount | undefined> {
  const detected = detectedInCount(toPosted(planned), basis);
  const findingId = findingIdOfCount(planned);
  let replaced: CountToPost | undefined;
  let isNewer = false;
  await changeFinding(findings, findingId, (before) => {
    const pending = before && pendingCount(before);
    isNewer = pending !== undefined && isSupersededBy(planned, pending);
    if (before !== undefined && isNewer) return before;
    replaced = pending?.countId === planned.countId ? undefined : pending;
    return seen(reopened(before, planned), detected, { findingId, by, correlationId, now });
  });
  if (isNewer) return undefined;
  const asked = { ...planned, status: 'PENDING_APPROVAL' as const, findingId };
  if (!(await counts.save(asked))) return undefined;
  if (replaced !== undefined) await markSuperseded(counts, replaced, planned.countId, now);
  return asked;
}

/** What a person dismissed was another count: this one is asked about, though it says the same. */
function reopened(before: Finding | undefined, { countId }: Counted): Finding | undefined {
  if (before?.status !== 'DISMISSED') return before;
  const command = before.repair?.command;
  const isSame = command?.action === 'postCount' && command.count.countId === countId;
  return isSame ? before : { ...before, status: 'CLOSED' };
}
