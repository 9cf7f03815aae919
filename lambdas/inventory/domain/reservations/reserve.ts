import type { LocatedShortage } from '../../../contracts/api/reservations.ts';
import type { Result } from '../../../shared/core/result.ts';
import type { Allocation } from '../ledger/allocation.ts';
import { CELLS_PER_CHANGE_MAX } from '../ledger/change.ts';
import {
  type CommandContext,
  type Decision,
  type ReservationState,
  reject,
  rejectUnconfirmed,
} from '../ledger/decision.ts';
import type { Demand, Owner, Reservation } from '../ledger/reservation.ts';
import type { ConflictingSources, ReserveLine, SourceError, SourcingPlan } from './candidates.ts';
import { decideForOwner, type NotOwner } from './owner.ts';
import { createReservation } from './reservation-step.ts';
import { sourceDemands, sourceFromSample } from './sourcing.ts';

export type ReserveStock = CommandContext & {
  readonly reservationId: string;
  readonly lines: readonly ReserveLine[];
  readonly holdSeconds: number;
  readonly bucketSeconds: number;
  readonly orderId?: string | undefined;
  /** True where the customer collects the units. */
  readonly pickup?: boolean | undefined;
  /** Party that makes the reservation; by default orders. */
  readonly owner?: Owner | undefined;
  readonly fingerprint: string;
};

export type ReserveError =
  | { readonly kind: 'insufficientStock'; readonly shortages: readonly LocatedShortage[] }
  | StockTooFragmented
  | { readonly kind: 'unknownSku'; readonly skus: readonly string[] }
  | SourceError
  | ConflictingSources
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

/** The reservation, the candidates of each line, and their cells or a sample of them. */
export type ReserveState = ReservationState & {
  readonly plan: Result<SourcingPlan, SourceError>;
};

/**
 * Holds all lines or none, at the locations that `sourceDemands` chooses. A repeat returns the
 * reservation of the first request. A sample of the cells never splits a line, and is never the
 * reason to reject.
 */
export function decideReserve(
  state: ReserveState,
  command: ReserveStock,
): Decision<ReserveResult, ReserveError> {
  const { plan, reservation } = state;
  if (reservation !== undefined)
    return decideForOwner(state, command.owner ?? 'order', () =>
      replayReserve(reservation, command),
    );
  if (!plan.ok) return rejectUnconfirmed(plan.error);
  if (!state.isComplete) {
    const sampled = sourceFromSample(plan.value, state.cells, command.now);
    return sampled === undefined ? { next: 'readAll' } : hold(sampled, command);
  }
  const unknown = plan.value.demands.filter(({ sku }) => !state.stockItems.has(sku));
  if (unknown.length > 0)
    return rejectUnconfirmed({ kind: 'unknownSku', skus: unknown.map(({ sku }) => sku) });
  const sourcing = sourceDemands(plan.value, state.cells, command.now);
  switch (sourcing.kind) {
    case 'sourced':
      return hold(sourcing.allocations, command);
    case 'short': {
      const { shortages } = sourcing;
      return rejectUnconfirmed({ kind: 'insufficientStock', shortages }, shortages);
    }
    case 'tooManyCells': {
      const { cellsNeeded, toConsolidate } = sourcing;
      return rejectUnconfirmed({
        kind: 'stockTooFragmented',
        cellsNeeded,
        cellsMax: CELLS_PER_CHANGE_MAX,
        toConsolidate,
      });
    }
  }
}

function hold(
  allocations: readonly Allocation[],
  command: ReserveStock,
): Decision<ReserveResult, never> {
  const { after, change } = createReservation(command, allocations);
  return { next: 'commit', value: { reservation: after, isRepeat: false }, change };
}

function replayReserve(
  reservation: Reservation,
  { fingerprint }: ReserveStock,
): Decision<ReserveResult, ReserveError> {
  if (reservation.fingerprint === undefined) return reject({ kind: 'alreadyReleased' });
  if (reservation.fingerprint !== fingerprint) return reject({ kind: 'keyReused' });
  return { next: 'replay', value: { reservation, isRepeat: true } };
}
