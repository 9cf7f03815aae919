import type { CountBasis } from '../../contracts/repair-api.ts';
import { RetryLater } from '../../shared/faults.ts';
import { type Instant, MILLISECONDS_PER_SECOND, SECONDS_PER_DAY, toIso } from '../../shared/instant.ts';
import { accepted, type Result, refused } from '../../shared/result.ts';
import {
  COUNT_AGE_DAYS_MAX,
  COUNT_AHEAD_SECONDS_MAX,
  type Count,
  detectedInCount,
  isWithin,
  type Tolerance,
  toPost,
} from '../domain/count.ts';
import { stepped } from '../domain/finding.ts';
import type { CountToPost } from '../domain/repair.ts';
import type { Audits, CountStore, FindingStore, Owners } from './ports.ts';
import { changeFinding, findingIdOf, reportFinding } from './report-finding.ts';

export type CountStock = {
  readonly countId: string;
  readonly sku: string;
  readonly locationId: string;
  readonly counted: number;
  readonly countedAt: string;
  readonly reference?: string | undefined;
  readonly fingerprint: string;
  readonly by: string;
  readonly correlationId: string;
  readonly now: Instant;
};
type Ports = {
  readonly counts: CountStore;
  readonly findings: FindingStore;
  readonly audits: Audits;
  readonly owners: Owners;
};
type Invalid = {
  readonly kind: 'invalid';
  readonly errors: readonly { readonly path: string; readonly message: string }[];
};
export type CountRefusal = { readonly kind: 'notFound' } | { readonly kind: 'keyReused' } | Invalid;

/** Another count, or much traffic, may come between the look at the book and the post. */
const TRIES_MAX = 4;

/**
 * A person counted: compared with the book as of then. Inside the tolerance it is posted at once; beyond it, or where it leaves
 * orders without their units, a finding asks for approval. Repeating the request goes on where it stopped.
 */
export async function countStock(
  ports: Ports,
  command: CountStock,
  defaults: Tolerance,
): Promise<Result<Count, CountRefusal>> {
  const invalid = invalidTime(command);
  if (invalid !== undefined) return refused(invalid);
  for (let tried = 0; tried < TRIES_MAX; tried += 1) {
    const known = await ports.counts.get(command.countId);
    if (known !== undefined && known.fingerprint !== command.fingerprint)
      return refused({ kind: 'keyReused' });
    if (known !== undefined && known.status !== 'PLANNED') return accepted(known);
    if (known !== undefined) {
      const posted = await post(ports, known, command);
      if (posted !== undefined) return accepted(posted);
    }
    const basis = await ports.audits.countBasis({ ...command, at: command.countedAt });
    if (basis === undefined) return refused({ kind: 'notFound' });
    const isPosted =
      isWithin(basis.tolerance ?? defaults, basis, command.counted) && isAvailable(basis, command);
    if (!isPosted) return accepted(await asking(ports, command, basis, known));
    const planned = planOf(command, basis, known);
    if (!(await ports.counts.save(planned))) continue;
    const posted = await post(ports, planned, command);
    if (posted !== undefined) return accepted(posted);
  }
  throw new RetryLater(`the book of ${command.sku} changed at each of ${TRIES_MAX} tries`);
}

function invalidTime({ countedAt, now }: CountStock): Invalid | undefined {
  const at = Date.parse(countedAt);
  const error = (message: string): Invalid => ({
    kind: 'invalid',
    errors: [{ path: 'body.countedAt', message }],
  });
  if (at > now + COUNT_AHEAD_SECONDS_MAX * MILLISECONDS_PER_SECOND) return error('Must not be in the future');
  if (at < now - COUNT_AGE_DAYS_MAX * SECONDS_PER_DAY * MILLISECONDS_PER_SECOND)
    return error(`Must not be more than ${COUNT_AGE_DAYS_MAX} days ago`);
  return undefined;
}

const isAvailable = ({ expected, available }: CountBasis, { counted }: CountStock): boolean =>
  expected - counted <= available;

function planOf(command: CountStock, basis: CountBasis, known: Count | undefined): Count {
  const { countId, sku, locationId, counted, countedAt, reference, fingerprint, by, correlationId, now } =
    command;
  const count = {
    countId,
    sku,
    locationId,
    counted,
    countedAt,
    ...(reference === undefined ? {} : { reference }),
  };
  const { expected, delta, lastCountId } = toPost(count, basis);
  return {
    ...count,
    fingerprint,
    by,
    status: 'PLANNED',
    expected,
    difference: delta,
    delta,
    ...(lastCountId === undefined ? {} : { lastCountId }),
    version: (known?.version ?? 0) + 1,
    updatedAt: toIso(now),
    correlationId,
  };
}

/** Undefined where the book has moved on, and nothing was written. */
async function post(
  { counts, findings, owners }: Ports,
  planned: Count,
  { by, correlationId, now }: CountStock,
): Promise<Count | undefined> {
  const findingId = findingIdOf({ kind: 'COUNT_DIFFERS', subject: subjectOf(planned) });
  const command = { action: 'postCount', count: toPosted(planned), short: [] } as const;
  const result = await owners.repair({ findingId, command, by, correlationId });
  if (!result.ok) return undefined;
  const posted: Count = { ...planned, status: 'POSTED', version: planned.version + 1, updatedAt: toIso(now) };
  if (!(await counts.save(posted))) return undefined;
  await supersede(findings, findingId, now);
  return posted;
}

function toPosted(planned: Count): CountToPost {
  const {
    fingerprint: _print,
    by: _by,
    status: _status,
    difference: _difference,
    findingId: _finding,
    ...more
  } = planned;
  const { version: _version, updatedAt: _at, correlationId: _correlation, ...count } = more;
  return count;
}

const subjectOf = ({ sku, locationId }: Pick<Count, 'sku' | 'locationId'>): string =>
  `count:${sku}/${locationId}`;

/** A count that was posted answers whatever an earlier one asked. */
async function supersede(findings: FindingStore, findingId: string, now: Instant): Promise<void> {
  if ((await findings.get(findingId))?.status !== 'OPEN') return;
  await changeFinding(findings, findingId, (before) => {
    if (before === undefined) throw new Error(`finding ${findingId} is gone`);
    return before.status === 'OPEN'
      ? stepped(before, { status: 'CLOSED', by: 'count', now, note: 'a later count was posted' })
      : before;
  });
}

async function asking(
  { counts, findings }: Ports,
  command: CountStock,
  basis: CountBasis,
  known: Count | undefined,
): Promise<Count> {
  const planned = planOf(command, basis, known);
  const detected = detectedInCount(toPosted(planned), basis);
  const { findingId } = await reportFinding(findings, detected, command);
  const pending: Count = { ...planned, status: 'PENDING_APPROVAL', findingId };
  if (await counts.save(pending)) return pending;
  return (await counts.get(command.countId)) ?? pending;
}
