import { toIso } from '../../../shared/core/instant.ts';
import { err, ok } from '../../../shared/core/result.ts';
import { type Allocation, allocateUnits, availableUnits } from '../ledger/allocation.ts';
import { cellIdOf } from '../ledger/cell.ts';
import { type CellPlan, takeAvailable, toCellChanges } from '../ledger/cell-plan.ts';
import { CELLS_PER_CHANGE_MAX, type Change } from '../ledger/change.ts';
import {
  type BookState,
  bucketFor,
  type CommandContext,
  cellsAtLocation,
  type Decision,
  movementContext,
} from '../ledger/decision.ts';
import { heldInBucket } from '../ledger/movement.ts';
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
  readonly bucketSeconds: number;
  readonly orderId?: string | undefined;
  readonly fingerprint: string;
};

export type ReserveError =
  | { readonly kind: 'insufficientStock'; readonly shortages: readonly Shortage[] }
  | StockTooFragmented
  | { readonly kind: 'unknownSku'; readonly skus: readonly string[] }
  | { readonly kind: 'keyReused' }
  | { readonly kind: 'released' };

/** The units are there, in more cells than one change touches. */
export type StockTooFragmented = {
  readonly kind: 'stockTooFragmented';
  /** The cells that the request needs, and the most that it may. */
  readonly cellsNeeded: number;
  readonly cellsMax: number;
  /** What has to lie in one cell each, so that the request needs no more than `max`. */
  readonly toConsolidate: readonly Demand[];
};

export type ReserveResult = { readonly reservation: Reservation; readonly isRepeat: boolean };

/**
 * All lines are held, or none, each in one cell that has it or else in several. A repeat answers the reservation that the first
 * request made. Refusals are as good as the state, of all cells of a sku or of some; of some, nothing is to be gathered.
 */
export function decideReserve(
  state: BookState,
  command: ReserveStock,
  { gathers } = { gathers: true },
): Decision<ReserveResult, ReserveError> {
  const { reservation } = state;
  if (reservation !== undefined) return replayReserve(reservation, command);

  const unknown = command.lines.map(({ sku }) => sku).filter((sku) => !isKnownSku(state, sku));
  if (unknown.length > 0) return err({ kind: 'unknownSku', skus: [...new Set(unknown)] });

  const demands = mergeLines(command.lines);
  const allocations = allocationsFor(state, demands, command, gathers);
  const shortages = demands.flatMap((demand, index): Shortage[] =>
    allocations[index] === undefined ? [shortageOf(state, demand, command)] : [],
  );
  if (shortages.length > 0) return err({ kind: 'insufficientStock', shortages });

  const allAllocations = allocations.flatMap((choice) => choice ?? []);
  if (allAllocations.length > CELLS_PER_CHANGE_MAX)
    return err(stockTooFragmentedError(demands, allocations));
  const cells = allAllocations.map(({ cell }) => cell);
  const bucket = bucketFor(command.now, command.holdSeconds, command.bucketSeconds, cells);
  return ok(createReservation(command, bucket, allAllocations));
}

const isKnownSku = ({ cells, skus }: BookState, sku: string): boolean =>
  skus?.has(sku) || [...cells.values()].some((cell) => cell.sku === sku);

const allocationsFor = (
  state: BookState,
  demands: readonly Demand[],
  { now }: CommandContext,
  gathers: boolean,
) =>
  demands.map((demand) =>
    allocateUnits(cellsAtLocation(state, demand), demand.quantity, now, { gathers }),
  );

const shortageOf = (state: BookState, demand: Demand, { now }: CommandContext): Shortage => ({
  sku: demand.sku,
  requested: demand.quantity,
  available: availableUnits(cellsAtLocation(state, demand), now),
});

function createReservation(
  command: ReserveStock,
  bucket: number,
  allocations: readonly Allocation[],
): { value: ReserveResult; change: Change } {
  const plans = allocations.map(({ cell, quantity }): CellPlan => {
    const taken = takeAvailable(cell, quantity, 'RESERVED', heldInBucket(bucket), command.now);
    if (!taken.ok) throw new Error(`cell ${cellIdOf(cell)} was chosen and has too little`);
    return taken.plan;
  });
  const lines = allocations.map(({ cell, quantity }): ReservationLine => {
    const { sku, locationId, shard } = cell;
    return { sku, locationId, shard, quantity };
  });
  const { reservationId, orderId, fingerprint, correlationId, now } = command;
  const operationId = reserveOperationId(reservationId);
  const after: Reservation = {
    reservationId,
    status: 'HELD',
    lines,
    heldUntil: bucket,
    ...(orderId === undefined ? {} : { orderId }),
    fingerprint,
    extensions: [],
    version: 1,
    createdAt: toIso(now),
    updatedAt: toIso(now),
    correlationId,
  };
  return {
    value: { reservation: after, isRepeat: false },
    change: {
      operationId,
      at: now,
      correlationId,
      idempotencyRecord: { kind: 'reservation', after, expectedVersion: undefined },
      cells: toCellChanges(
        plans,
        movementContext(operationId, command, reservationReference(after)),
      ),
    },
  };
}

/** The demands with the most cells are to be consolidated, no more of them than it takes. */
function stockTooFragmentedError(
  demands: readonly Demand[],
  allocations: readonly (readonly Allocation[] | undefined)[],
): StockTooFragmented {
  const parts = demands
    .map((demand, index) => ({ demand, cells: allocations[index]?.length ?? 0 }))
    .sort((a, b) => b.cells - a.cells);
  const cellsNeeded = parts.reduce((sum, one) => sum + one.cells, 0);
  const toConsolidate: Demand[] = [];
  let remaining = cellsNeeded;
  for (const one of parts) {
    if (remaining <= CELLS_PER_CHANGE_MAX) break;
    toConsolidate.push(one.demand);
    remaining -= one.cells - 1;
  }
  return { kind: 'stockTooFragmented', cellsNeeded, cellsMax: CELLS_PER_CHANGE_MAX, toConsolidate };
}

function replayReserve(
  reservation: Reservation,
  { fingerprint }: ReserveStock,
): Decision<ReserveResult, ReserveError> {
  if (reservation.fingerprint === undefined) return err({ kind: 'released' });
  if (reservation.fingerprint !== fingerprint) return err({ kind: 'keyReused' });
  return ok({ value: { reservation, isRepeat: true } });
}

/** Names the step that makes a reservation. */
export const reserveOperationId = (reservationId: string): string => `${reservationId}.reserve`;

/** What each movement of a reservation's step says of it. */
export const reservationReference = ({ reservationId, orderId }: Reservation) => ({
  reservationId,
  ...(orderId === undefined ? {} : { orderId }),
});
