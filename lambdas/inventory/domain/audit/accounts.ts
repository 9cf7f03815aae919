import type { EpochSeconds } from '../../../shared/core/instant.ts';
import { bucketsOf, type Cell, type HeldByBucket } from '../ledger/cell.ts';
import { type AccountMove, type AccountTotals, totalsAfter } from './running-totals.ts';

/** Units of a cell by account. */
export type Accounts = {
  readonly available: number;
  readonly held: HeldByBucket;
  readonly committed: number;
};

export const accountsOf = ({ available, held, committed }: Cell): Accounts => ({
  available,
  held: withoutZeros(held),
  committed,
});

export const accountsOfTotals = ({ available, held, committed }: AccountTotals): Accounts => ({
  available,
  held: Object.fromEntries(held),
  committed,
});

const withoutZeros = (held: HeldByBucket): HeldByBucket =>
  Object.fromEntries(Object.entries(held).filter(([, units]) => units !== 0));

export const isNegative = ({ available, held, committed }: Accounts): boolean =>
  available < 0 || committed < 0 || Object.values(held).some((units) => units < 0);

/** Units to add to `b` to get `a`. */
export type Difference = AccountTotals;

export function differenceOf(a: Accounts, b: Accounts): Difference {
  const held = new Map<EpochSeconds, number>();
  for (const bucket of new Set([...bucketsOf(a.held), ...bucketsOf(b.held)])) {
    const units = (a.held[String(bucket)] ?? 0) - (b.held[String(bucket)] ?? 0);
    if (units !== 0) held.set(bucket, units);
  }
  return { available: a.available - b.available, held, committed: a.committed - b.committed };
}

export const isZero = ({ available, held, committed }: Difference): boolean =>
  available === 0 && committed === 0 && held.size === 0;

/** Returns the difference without the part that the moves explain. */
export const subtractMoves = (difference: Difference, moves: readonly AccountMove[]): Difference =>
  totalsAfter(
    difference,
    moves.map(({ from, to, quantity }) => ({ from, to, quantity: -quantity })),
  );

/**
 * Returns the buckets whose units returned to `available` without a movement, or undefined if the
 * difference has any other part.
 */
export function expiriesIn(
  { available, held, committed }: Difference,
  expiredThrough: EpochSeconds,
): readonly { readonly bucket: EpochSeconds; readonly quantity: number }[] | undefined {
  const expiries = [...held].map(([bucket, units]) => ({ bucket, quantity: -units }));
  const isPure =
    committed === 0 &&
    expiries.every(({ bucket, quantity }) => bucket <= expiredThrough && quantity > 0) &&
    available === expiries.reduce((units, { quantity }) => units + quantity, 0);
  return isPure ? expiries : undefined;
}
