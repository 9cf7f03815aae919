import type { EpochSeconds } from '../../../shared/core/instant.ts';
import { type Cell, type Held, slotsOf } from '../ledger/cell.ts';
import type { Place } from '../ledger/movement.ts';
import { move, type Slots, type Tally } from './tally.ts';

/** Units of a cell by account. */
export type Accounts = {
  readonly available: number;
  readonly held: Held;
  readonly committed: number;
};

export const accountsOf = ({ available, held, committed }: Cell): Accounts => ({
  available,
  held: withoutZeros(held),
  committed,
});

export const accountsOfTally = ({ available, held, committed }: Tally): Accounts => ({
  available,
  held: Object.fromEntries(held),
  committed,
});

const withoutZeros = (held: Held): Held =>
  Object.fromEntries(Object.entries(held).filter(([, units]) => units !== 0));

export const isNegative = ({ available, held, committed }: Accounts): boolean =>
  available < 0 || committed < 0 || Object.values(held).some((units) => units < 0);

/** What must be added to `b` to come to `a`. */
export type Difference = { available: number; held: Slots; committed: number };

export function differenceOf(a: Accounts, b: Accounts): Difference {
  const held: Slots = new Map();
  for (const slot of new Set([...slotsOf(a.held), ...slotsOf(b.held)])) {
    const units = (a.held[String(slot)] ?? 0) - (b.held[String(slot)] ?? 0);
    if (units !== 0) held.set(slot, units);
  }
  return { available: a.available - b.available, held, committed: a.committed - b.committed };
}

export const isZero = ({ available, held, committed }: Difference): boolean =>
  available === 0 && committed === 0 && held.size === 0;

type Transfer = { readonly from: Place; readonly to: Place; readonly quantity: number };

/** The difference that is left when a transfer explains a part of it. */
export function lessTransfers(difference: Difference, transfers: readonly Transfer[]): Difference {
  const left = { ...difference, held: new Map(difference.held) };
  for (const { from, to, quantity } of transfers) {
    move(left, from, quantity);
    move(left, to, -quantity);
  }
  return left;
}

/** Slots whose units went back to `available` without a movement, if that is all that the difference is. */
export function lapsesIn(
  { available, held, committed }: Difference,
  foldedThrough: EpochSeconds,
): readonly { readonly slot: EpochSeconds; readonly quantity: number }[] | undefined {
  const lapses = [...held].map(([slot, units]) => ({ slot, quantity: -units }));
  const isPure =
    committed === 0 &&
    lapses.every(({ slot, quantity }) => slot <= foldedThrough && quantity > 0) &&
    available === lapses.reduce((units, { quantity }) => units + quantity, 0);
  return isPure ? lapses : undefined;
}
