import type { EpochSeconds } from '../../../shared/core/instant.ts';
import { bucketsOf, type Cell, type HeldByBucket } from '../ledger/cell.ts';
import type { AccountRef } from '../ledger/movement.ts';
import { applyMove, type BalanceReplay, type UnitsByBucket } from './balance-replay.ts';

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

export const accountsOfReplay = ({ available, held, committed }: BalanceReplay): Accounts => ({
  available,
  held: Object.fromEntries(held),
  committed,
});

const withoutZeros = (held: HeldByBucket): HeldByBucket =>
  Object.fromEntries(Object.entries(held).filter(([, units]) => units !== 0));

export const isNegative = ({ available, held, committed }: Accounts): boolean =>
  available < 0 || committed < 0 || Object.values(held).some((units) => units < 0);

/** What must be added to `b` to come to `a`. */
export type Difference = { available: number; held: UnitsByBucket; committed: number };

export function differenceOf(a: Accounts, b: Accounts): Difference {
  const held: UnitsByBucket = new Map();
  for (const bucket of new Set([...bucketsOf(a.held), ...bucketsOf(b.held)])) {
    const units = (a.held[String(bucket)] ?? 0) - (b.held[String(bucket)] ?? 0);
    if (units !== 0) held.set(bucket, units);
  }
  return { available: a.available - b.available, held, committed: a.committed - b.committed };
}

export const isZero = ({ available, held, committed }: Difference): boolean =>
  available === 0 && committed === 0 && held.size === 0;

type AccountMove = {
  readonly from: AccountRef;
  readonly to: AccountRef;
  readonly quantity: number;
};

/** The difference that is left when a transfer explains a part of it. */
export function subtractMoves(difference: Difference, moves: readonly AccountMove[]): Difference {
  const left = { ...difference, held: new Map(difference.held) };
  for (const { from, to, quantity } of moves) {
    applyMove(left, from, quantity);
    applyMove(left, to, -quantity);
  }
  return left;
}

/** Slots whose units went back to `available` without a movement, if that is all that the difference is. */
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
