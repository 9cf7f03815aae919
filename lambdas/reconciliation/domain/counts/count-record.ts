import type { CountBasis } from '../../../contracts/api/repair.ts';
import {
  type Instant,
  MILLISECONDS_PER_SECOND,
  SECONDS_PER_DAY,
  toIso,
} from '../../../shared/core/instant.ts';
import type { CountToPost } from '../repair.ts';
import {
  COUNT_AGE_DAYS_MAX,
  COUNT_AHEAD_SECONDS_MAX,
  type ComparedCount,
  type Count,
  type CountFacts,
  compareWithBook,
  type ReceivedCount,
} from './count.ts';

export type CountStockInput = {
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
  /** Time by which the caller needs the response. */
  readonly deadline?: Instant | undefined;
};
export type InvalidTime = {
  readonly kind: 'invalid';
  readonly errors: readonly { readonly path: string; readonly message: string }[];
};
/** Returns an error for a time in the future, and for one with too many movements since. */
export function validateCountTime({ countedAt, now }: CountStockInput): InvalidTime | undefined {
  const at = Date.parse(countedAt);
  const error = (message: string): InvalidTime => ({
    kind: 'invalid',
    errors: [{ path: 'body.countedAt', message }],
  });
  if (at > now + COUNT_AHEAD_SECONDS_MAX * MILLISECONDS_PER_SECOND)
    return error('must not be in the future');
  if (at < now - COUNT_AGE_DAYS_MAX * SECONDS_PER_DAY * MILLISECONDS_PER_SECOND)
    return error(`must not be more than ${COUNT_AGE_DAYS_MAX} days ago`);
  return undefined;
}

/**
 * Returns the first record of a count. A time ahead of this clock becomes the time of the request.
 */
export function toReceivedCount(input: CountStockInput): ReceivedCount {
  const { countedAt, fingerprint, by, correlationId, now } = input;
  return {
    ...countFactsOf(input),
    countedAt: toIso(Math.min(Date.parse(countedAt), now)),
    fingerprint,
    by,
    status: 'RECEIVED',
    version: 1,
    updatedAt: toIso(now),
    correlationId,
  };
}

/** Compares the count with the book. Returns the next version of its record. */
export function planCount(
  received: Count,
  basis: CountBasis,
  stored: Count | undefined,
  now: Instant,
): ComparedCount {
  const { fingerprint, by, correlationId } = received;
  const count = compareWithBook(countFactsOf(received), basis);
  return {
    ...count,
    fingerprint,
    by,
    status: 'PLANNED',
    difference: count.delta,
    version: (stored?.version ?? 0) + 1,
    updatedAt: toIso(now),
    correlationId,
  };
}

const countFactsOf = ({
  countId,
  sku,
  locationId,
  counted,
  countedAt,
  reference,
}: Omit<CountFacts, 'reference'> & { readonly reference?: string | undefined }): CountFacts => ({
  countId,
  sku,
  locationId,
  counted,
  countedAt,
  ...(reference === undefined ? {} : { reference }),
});

/** Returns the count as inventory receives it. */
export function countToPostOf(count: ComparedCount): CountToPost {
  const { expected, delta, lastCountId, lastAdjustmentId } = count;
  return {
    ...countFactsOf(count),
    expected,
    delta,
    ...(lastCountId === undefined ? {} : { lastCountId }),
    ...(lastAdjustmentId === undefined ? {} : { lastAdjustmentId }),
  };
}
