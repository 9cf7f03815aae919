import type { EpochSeconds, Instant } from '../../../shared/core/instant.ts';
import type { Movement, MovementKind, Place } from '../ledger/movement.ts';

/** The movements of one change in one cell, under the key that orders them: the deciding function's clock, and the change. */
export type MovementsEntry = {
  readonly key: string;
  readonly at: Instant;
  readonly operationId: string;
  readonly movements: readonly Movement[];
};

/** Units by slot; a slot may be below zero where a movement is lost. */
export type Slots = Map<EpochSeconds, number>;

/** What the movements of one reservation have left in a cell. */
export type Position = {
  readonly reservationId: string;
  orderId: string | undefined;
  held: Slots;
  committed: number;
  /** Of its latest movement. */
  since: Instant;
  /** The step that comes last in the life of a reservation. */
  lastKind: MovementKind | undefined;
};

/** A receipt, adjustment, return or repair among the movements: it must have its mark. */
export type Entered = {
  readonly operationId: string;
  readonly movementIds: readonly string[];
  readonly quantity: number;
  readonly at: Instant;
};

/** What movements add up to. It is added to in place: a cell may have very many. */
export type Tally = {
  available: number;
  held: Slots;
  committed: number;
  /** By reservation; those that left nothing stay until the next checkpoint. */
  positions: Map<string, Position>;
  entered: Map<string, Entered>;
  entryIds: Set<string>;
  /** Entries added since the tally was begun. */
  entries: number;
};

export const emptyTally = (): Tally => ({
  available: 0,
  held: new Map(),
  committed: 0,
  positions: new Map(),
  entered: new Map(),
  entryIds: new Set(),
  entries: 0,
});

export function addEntry(tally: Tally, { operationId, movements, at }: MovementsEntry): void {
  tally.entries += 1;
  for (const movement of movements) {
    if (movement.kind !== 'REBUILT') addMovement(tally, movement);
  }
  const marked = movements.filter(
    ({ kind, reservationId }) => reservationId === undefined && kind !== 'LAPSED',
  );
  if (marked.length === 0) return;
  const movementIds = marked.map(({ movementId }) => movementId);
  for (const id of movementIds) tally.entryIds.add(id);
  const quantity = marked.reduce((units, movement) => units + movement.quantity, 0);
  tally.entered.set(operationId, { operationId, movementIds, quantity, at });
}

function addMovement(tally: Tally, movement: Movement): void {
  const { kind, from, to, quantity, reservationId } = movement;
  move(tally, from, -quantity);
  move(tally, to, quantity);
  // A slot that a change folds on its way is that of others.
  if (reservationId === undefined || kind === 'LAPSED') return;
  const position = positionOf(tally, reservationId);
  position.orderId = movement.orderId ?? position.orderId;
  // Keys come in the order of clocks that differ, and what was restored took effect before it was written.
  const at = movement.effectiveAt ?? movement.at;
  position.since = Math.max(position.since, at);
  position.lastKind = lastOf(position.lastKind, kind);
  move(position, from, -quantity);
  move(position, to, quantity);
}

/**
 * A reservation is over once its units are released or shipped. Only the kind says so: two steps may have one time, and the
 * clocks of the functions that took them differ.
 */
const lastOf = (one: MovementKind | undefined, other: MovementKind): MovementKind =>
  one === 'SHIPPED' || (one === 'RELEASED' && other !== 'SHIPPED') ? one : other;

function positionOf(tally: Tally, reservationId: string): Position {
  const known = tally.positions.get(reservationId);
  if (known !== undefined) return known;
  const position: Position = {
    reservationId,
    orderId: undefined,
    held: new Map(),
    committed: 0,
    since: 0,
    lastKind: undefined,
  };
  tally.positions.set(reservationId, position);
  return position;
}

type Counted = { available?: number; held: Slots; committed: number };

/** Adds to the account of a place. What is outside, or in another cell, is not this balance's; a position has no `available`. */
export function move(counted: Counted, { account, slot, shard }: Place, units: number): void {
  if (shard !== undefined) return;
  if (account === 'committed') counted.committed += units;
  else if (account === 'available' && counted.available !== undefined) counted.available += units;
  else if (account === 'held' && slot !== undefined) addToSlot(counted.held, slot, units);
}

function addToSlot(slots: Slots, slot: EpochSeconds, units: number): void {
  const after = (slots.get(slot) ?? 0) + units;
  if (after === 0) slots.delete(slot);
  else slots.set(slot, after);
}

/** A position without what was folded: those units are available again, whoever held them. */
export const unfolded = ({ held }: Pick<Position, 'held'>, foldedThrough: EpochSeconds): Slots =>
  new Map([...held].filter(([slot, units]) => slot > foldedThrough || units < 0));

/** A copy that the next entries do not touch. */
export const copyOf = (tally: Tally): Tally => ({
  ...tally,
  held: new Map(tally.held),
  positions: new Map(
    [...tally.positions].map(([id, position]) => [
      id,
      { ...position, held: new Map(position.held) },
    ]),
  ),
  entered: new Map(tally.entered),
  entryIds: new Set(tally.entryIds),
});
