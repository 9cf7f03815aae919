import type { EpochSeconds, Instant } from '../../../shared/core/instant.ts';
import {
  type Cell,
  type CellKey,
  countsAt,
  FOLD_GRACE_SECONDS,
  heldIn,
  lapsedSlots,
  unitsIn,
} from './cell.ts';
import { type CellChange, FOLDED_SLOTS_MAX, type Guard } from './change.ts';
import { InconsistentState } from './inconsistent-state.ts';
import {
  AVAILABLE,
  availableIn,
  COMMITTED,
  heldUntil,
  type Movement,
  type MovementContext,
  type MovementKind,
  OUTSIDE,
  type Place,
} from './movement.ts';

/** What one command does to one cell, before it is numbered and becomes a change. */
export type CellPlan = Omit<CellChange, 'movements'> & {
  readonly transfers: readonly Transfer[];
};
type Transfer = {
  readonly kind: MovementKind;
  readonly quantity: number;
  readonly from: Place;
  readonly to: Place;
};

/** Numbers the movements over the whole change, so that an id is found again whenever the change is decided again. */
export function numbered(plans: readonly CellPlan[], context: MovementContext): CellChange[] {
  const { operationId, ...common } = context;
  let count = 0;
  return plans.map(({ transfers, ...plan }) => ({
    ...plan,
    movements: transfers.map((transfer): Movement => {
      count += 1;
      return { movementId: `${operationId}.${count}`, ...transfer, ...common };
    }),
  }));
}

/** A cell that is not there yet, with nothing in it. */
export const newCell = (cell: CellKey): CellPlan => plan(cell, { creates: true, transfers: [] });

/** Nothing moves: for what only marks the cell, or writes down what moved before. */
export const unchangedCell = (cell: CellKey): CellPlan => plan(cell, { transfers: [] });

/** The slots go back into `available`, and nothing else happens. */
export const foldSlots = (cell: Cell, folds: readonly EpochSeconds[]): CellPlan =>
  plan(cell, {
    available: unitsIn(cell, folds),
    folds,
    guard: { version: cell.version },
    transfers: lapsesOf(cell, folds),
  });

/** Units come into `available` from other cells. */
export const transferIn = (cell: CellKey, parts: readonly Part[], creates: boolean): CellPlan =>
  plan(cell, {
    creates,
    available: parts.reduce((units, { quantity }) => units + quantity, 0),
    transfers: parts.map(({ shard, quantity }) => ({
      kind: 'TRANSFERRED',
      quantity,
      from: availableIn(shard),
      to: AVAILABLE,
    })),
  });
export type Part = { readonly shard: number; readonly quantity: number };

/** Units come from outside into `available`. */
export const putIn = (
  cell: CellKey,
  quantity: number,
  kind: 'RECEIVED' | 'ADJUSTED' | 'RETURNED',
  creates: boolean,
) =>
  plan(cell, {
    creates,
    available: quantity,
    transfers: [{ kind, quantity, from: OUTSIDE, to: AVAILABLE }],
  });

/**
 * Units go from `held[slot]`; the slot must not have been folded when this is written. Throws InconsistentState where the cell holds
 * fewer than the reservation says.
 */
export function takeHeld(
  cell: Cell,
  slot: EpochSeconds,
  quantity: number,
  kind: MovementKind,
  to: Place,
): CellPlan {
  if (heldIn(cell, slot) < quantity) {
    throw new InconsistentState(
      `cell ${cell.sku}/${cell.locationId} holds ${heldIn(cell, slot)} until ${slot}, not ${quantity}`,
    );
  }
  const arrival = arriving(to, quantity);
  return plan(cell, {
    available: arrival.available,
    committed: arrival.committed,
    held: { ...arrival.held, [slot]: -quantity },
    guard: {
      notFolded: Math.min(slot, to.slot ?? slot),
      held: { [slot]: quantity },
    },
    transfers: [{ kind, quantity, from: heldUntil(slot), to }],
  });
}

/** Units go from `committed`. Throws InconsistentState where the cell has fewer than the reservation says. */
export function takeCommitted(
  cell: Cell,
  quantity: number,
  kind: MovementKind,
  to: Place,
): CellPlan {
  if (cell.committed < quantity) {
    throw new InconsistentState(
      `cell ${cell.sku}/${cell.locationId} has ${cell.committed} committed, not ${quantity}`,
    );
  }
  return plan(cell, {
    available: arriving(to, quantity).available,
    committed: -quantity,
    guard: { committed: quantity },
    transfers: [{ kind, quantity, from: COMMITTED, to }],
  });
}

export type Taken =
  | { readonly ok: true; readonly plan: CellPlan }
  | { readonly ok: false; readonly available: number };

/**
 * Units go from `available`, with the lapsed slots folded into it first. Slots within the grace time are folded only where
 * their units are wanted: a lapsed hold must never make anyone see "out of stock".
 */
export function takeAvailable(
  cell: Cell,
  quantity: number,
  kind: MovementKind,
  to: Place,
  now: Instant,
  guard: Guard = {},
): Taken {
  const folds = slotsToFold(cell, quantity, now);
  const folded = unitsIn(cell, folds);
  if (cell.available + folded < quantity)
    return { ok: false, available: countsAt(cell, now).available };
  const arrival = arriving(to, quantity);
  return {
    ok: true,
    plan: plan(cell, {
      available: folded - quantity,
      committed: arrival.committed,
      held: arrival.held,
      folds,
      guard: {
        ...guard,
        ...(to.slot === undefined ? {} : { notFolded: to.slot }),
        available: Math.max(0, quantity - folded),
        ...(folds.length === 0 ? {} : { version: cell.version }),
      },
      transfers: [...lapsesOf(cell, folds), { kind, quantity, from: AVAILABLE, to }],
    }),
  };
}

/** Maximum units that one change takes from `available`, what it reclaims of expired holds included. */
export const takeableFrom = (cell: Cell, now: Instant): number =>
  cell.available + unitsIn(cell, lapsedSlots(cell, now).slice(0, FOLDED_SLOTS_MAX));

function slotsToFold(cell: Cell, quantity: number, now: Instant): EpochSeconds[] {
  const due = lapsedSlots(cell, now, FOLD_GRACE_SECONDS).slice(0, FOLDED_SLOTS_MAX);
  return cell.available + unitsIn(cell, due) >= quantity
    ? due
    : lapsedSlots(cell, now).slice(0, FOLDED_SLOTS_MAX);
}

/** One for each slot; a slot that is empty by now goes without. */
const lapsesOf = (cell: Cell, folds: readonly EpochSeconds[]): Transfer[] =>
  folds
    .map(
      (slot): Transfer => ({
        kind: 'LAPSED',
        quantity: heldIn(cell, slot),
        from: heldUntil(slot),
        to: AVAILABLE,
      }),
    )
    .filter(({ quantity }) => quantity > 0);

const arriving = (to: Place, quantity: number) => ({
  available: to.account === 'available' ? quantity : 0,
  committed: to.account === 'committed' ? quantity : 0,
  held: to.slot === undefined ? {} : { [to.slot]: quantity },
});

const plan = (
  { sku, locationId, shard }: CellKey,
  changes: Partial<CellPlan> & Pick<CellPlan, 'transfers'>,
): CellPlan => ({
  cell: { sku, locationId, shard },
  creates: false,
  available: 0,
  committed: 0,
  held: {},
  folds: [],
  guard: {},
  ...changes,
});
