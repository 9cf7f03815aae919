import { toIso } from '../../../shared/core/instant.ts';
import { accepted, refused } from '../../../shared/core/result.ts';
import { cellIdOf } from '../ledger/cell.ts';
import { type CellPlan, numbered, takeAvailable } from '../ledger/cell-change.ts';
import { CELLS_PER_CHANGE_MAX, type Change } from '../ledger/change.ts';
import { availableAt, type Chosen, chooseCells } from '../ledger/choose-cells.ts';
import {
  type BookState,
  type CommandContext,
  cellsAt,
  type Decision,
  movementContext,
  slotFor,
} from '../ledger/decision.ts';
import { heldUntil } from '../ledger/movement.ts';
import {
  type Demand,
  mergeLines,
  type RequestedLine,
  type Reservation,
  type ReservationLine,
  type Shortage,
} from '../ledger/reservation.ts';

export type ReserveStock = CommandContext & {
  readonly reservationId: string;
  readonly lines: readonly RequestedLine[];
  readonly holdSeconds: number;
  readonly slotSeconds: number;
  readonly orderId?: string | undefined;
  readonly fingerprint: string;
};

export type ReserveRefusal =
  | { readonly kind: 'insufficientStock'; readonly shortages: readonly Shortage[] }
  | TooManyParts
  | { readonly kind: 'unknownSku'; readonly skus: readonly string[] }
  | { readonly kind: 'keyReused' }
  | { readonly kind: 'released' };

/** The units are there, in more cells than one change touches. */
export type TooManyParts = {
  readonly kind: 'tooManyParts';
  /** The cells that the request needs, and the most that it may. */
  readonly cells: number;
  readonly max: number;
  /** What has to lie in one cell each, so that the request needs no more than `max`. */
  readonly scattered: readonly Demand[];
};

export type Reserved = { readonly reservation: Reservation; readonly repeated: boolean };

/**
 * All lines are held, or none, each in one cell that has it or else in several. A repeat answers the reservation that the first
 * request made. Refusals are as good as the state, of all cells of a sku or of some; of some, nothing is to be gathered.
 */
export function decideReserve(
  state: BookState,
  command: ReserveStock,
  { gathers } = { gathers: true },
): Decision<Reserved, ReserveRefusal> {
  const { reservation } = state;
  if (reservation !== undefined) return repeat(reservation, command);

  const unknown = command.lines.map(({ sku }) => sku).filter((sku) => !isKnown(state, sku));
  if (unknown.length > 0) return refused({ kind: 'unknownSku', skus: [...new Set(unknown)] });

  const demands = mergeLines(command.lines);
  const choices = choicesFor(state, demands, command, gathers);
  const shortages = demands.flatMap((demand, index): Shortage[] =>
    choices[index] === undefined ? [shortageOf(state, demand, command)] : [],
  );
  if (shortages.length > 0) return refused({ kind: 'insufficientStock', shortages });

  const chosen = choices.flatMap((choice) => choice ?? []);
  if (chosen.length > CELLS_PER_CHANGE_MAX) return refused(tooManyParts(demands, choices));
  const cells = chosen.map(({ cell }) => cell);
  const slot = slotFor(command.now, command.holdSeconds, command.slotSeconds, cells);
  return accepted(reserved(command, slot, chosen));
}

const isKnown = ({ cells, skus }: BookState, sku: string): boolean =>
  skus?.has(sku) || [...cells.values()].some((cell) => cell.sku === sku);

const choicesFor = (
  state: BookState,
  demands: readonly Demand[],
  { now }: CommandContext,
  gathers: boolean,
) =>
  demands.map((demand) => chooseCells(cellsAt(state, demand), demand.quantity, now, { gathers }));

const shortageOf = (state: BookState, demand: Demand, { now }: CommandContext): Shortage => ({
  sku: demand.sku,
  requested: demand.quantity,
  available: availableAt(cellsAt(state, demand), now),
});

function reserved(
  command: ReserveStock,
  slot: number,
  chosen: readonly Chosen[],
): { value: Reserved; change: Change } {
  const plans = chosen.map(({ cell, quantity }): CellPlan => {
    const taken = takeAvailable(cell, quantity, 'RESERVED', heldUntil(slot), command.now);
    if (!taken.ok) throw new Error(`cell ${cellIdOf(cell)} was chosen and has too little`);
    return taken.plan;
  });
  const lines = chosen.map(({ cell, quantity }): ReservationLine => {
    const { sku, locationId, shard } = cell;
    return { sku, locationId, shard, quantity };
  });
  const { reservationId, orderId, fingerprint, correlationId, now } = command;
  const operationId = reserveOperationId(reservationId);
  const after: Reservation = {
    reservationId,
    status: 'HELD',
    lines,
    heldUntil: slot,
    ...(orderId === undefined ? {} : { orderId }),
    fingerprint,
    extensions: [],
    version: 1,
    createdAt: toIso(now),
    updatedAt: toIso(now),
    correlationId,
  };
  return {
    value: { reservation: after, repeated: false },
    change: {
      operationId,
      at: now,
      correlationId,
      marker: { kind: 'reservation', after, expectedVersion: undefined },
      cells: numbered(plans, movementContext(operationId, command, ofReservation(after))),
    },
  };
}

/** The demands with the most cells are to be consolidated, no more of them than it takes. */
function tooManyParts(
  demands: readonly Demand[],
  choices: readonly (readonly Chosen[] | undefined)[],
): TooManyParts {
  const parts = demands
    .map((demand, index) => ({ demand, cells: choices[index]?.length ?? 0 }))
    .sort((a, b) => b.cells - a.cells);
  const cells = parts.reduce((sum, one) => sum + one.cells, 0);
  const scattered: Demand[] = [];
  let left = cells;
  for (const one of parts) {
    if (left <= CELLS_PER_CHANGE_MAX) break;
    scattered.push(one.demand);
    left -= one.cells - 1;
  }
  return { kind: 'tooManyParts', cells, max: CELLS_PER_CHANGE_MAX, scattered };
}

function repeat(
  reservation: Reservation,
  { fingerprint }: ReserveStock,
): Decision<Reserved, ReserveRefusal> {
  if (reservation.fingerprint === undefined) return refused({ kind: 'released' });
  if (reservation.fingerprint !== fingerprint) return refused({ kind: 'keyReused' });
  return accepted({ value: { reservation, repeated: true } });
}

/** Names the step that makes a reservation. */
export const reserveOperationId = (reservationId: string): string => `${reservationId}.reserve`;

/** What each movement of a reservation's step says of it. */
export const ofReservation = ({ reservationId, orderId }: Reservation) => ({
  reservationId,
  ...(orderId === undefined ? {} : { orderId }),
});
