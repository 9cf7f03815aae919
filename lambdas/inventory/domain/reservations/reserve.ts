import type { Shortage } from '../../../contracts/api/reservations.ts';
import { type Allocation, allocateUnits, availableUnits } from '../ledger/allocation.ts';
import { CELLS_PER_CHANGE_MAX } from '../ledger/change.ts';
import {
  type CommandContext,
  cellsAtLocation,
  type Decision,
  type ReservationState,
  reject,
  rejectUnconfirmed,
} from '../ledger/decision.ts';
import {
  type Demand,
  mergeLines,
  type Owner,
  type RequestedLine,
  type Reservation,
} from '../ledger/reservation.ts';
import { decideForOwner, type NotOwner } from './owner.ts';
import { createReservation } from './reservation-step.ts';

export type ReserveStock = CommandContext & {
  readonly reservationId: string;
  readonly lines: readonly RequestedLine[];
  readonly holdSeconds: number;
  readonly bucketSeconds: number;
  readonly orderId?: string | undefined;
  /** Party that makes the reservation; by default orders. */
  readonly owner?: Owner | undefined;
  readonly fingerprint: string;
};

export type ReserveError =
  | { readonly kind: 'insufficientStock'; readonly shortages: readonly Shortage[] }
  | StockTooFragmented
  | { readonly kind: 'unknownSku'; readonly skus: readonly string[] }
  | { readonly kind: 'keyReused' }
  | NotOwner
  | { readonly kind: 'alreadyReleased' };

/** The units exist, but in more cells than one change can write. */
export type StockTooFragmented = {
  readonly kind: 'stockTooFragmented';
  /** Number of cells that the request needs, and the maximum. */
  readonly cellsNeeded: number;
  readonly cellsMax: number;
  /** Demands to bring into one cell each, so that the request needs no more than `cellsMax`. */
  readonly toConsolidate: readonly Demand[];
};

export type ReserveResult = { readonly reservation: Reservation; readonly isRepeat: boolean };

/**
 * Holds all lines or none, each line in one cell that has it or else in several. A repeat returns
 * the reservation of the first request. A sample of the cells never splits a line, and is never the
 * reason to reject.
 */
export function decideReserve(
  state: ReservationState,
  command: ReserveStock,
  demands: readonly Demand[] = mergeLines(command.lines),
): Decision<ReserveResult, ReserveError> {
  const { reservation } = state;
  if (reservation !== undefined)
    return decideForOwner(state, command.owner ?? 'order', () =>
      replayReserve(reservation, command),
    );

  const allocations = demands.map((demand) =>
    allocateUnits(cellsAtLocation(state, demand), demand.quantity, command.now, {
      allowSplit: state.isComplete,
    }),
  );
  const isAllocated = allocations.every((allocation) => allocation !== undefined);
  if (!isAllocated && !state.isComplete) return { next: 'readAll' };

  const unknown = demands.map(({ sku }) => sku).filter((sku) => !isKnownSku(state, sku));
  if (unknown.length > 0)
    return rejectUnconfirmed({ kind: 'unknownSku', skus: [...new Set(unknown)] });
  if (!isAllocated) {
    const shortages = shortagesOf(state, demands, allocations, command);
    return rejectUnconfirmed({ kind: 'insufficientStock', shortages }, shortages);
  }
  if (allocations.flat().length > CELLS_PER_CHANGE_MAX)
    return rejectUnconfirmed(stockTooFragmentedError(demands, allocations));
  const { after, change } = createReservation(command, allocations.flat());
  return { next: 'commit', value: { reservation: after, isRepeat: false }, change };
}

const isKnownSku = ({ cells, stockItems }: ReservationState, sku: string): boolean =>
  stockItems.has(sku) || [...cells.values()].some((cell) => cell.sku === sku);

const shortagesOf = (
  state: ReservationState,
  demands: readonly Demand[],
  allocations: readonly (readonly Allocation[] | undefined)[],
  { now }: CommandContext,
): Shortage[] =>
  demands
    .filter((_, index) => allocations[index] === undefined)
    .map((demand) => ({
      sku: demand.sku,
      requested: demand.quantity,
      available: availableUnits(cellsAtLocation(state, demand), now),
    }));

/** Names the demands to consolidate: those with the most cells, and no more than necessary. */
function stockTooFragmentedError(
  demands: readonly Demand[],
  allocations: readonly (readonly Allocation[])[],
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
  if (reservation.fingerprint === undefined) return reject({ kind: 'alreadyReleased' });
  if (reservation.fingerprint !== fingerprint) return reject({ kind: 'keyReused' });
  return { next: 'replay', value: { reservation, isRepeat: true } };
}
