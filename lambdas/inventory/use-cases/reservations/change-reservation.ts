import type { Result } from '../../../shared/core/result.ts';
import type { CommandContext, Decision, ReservationState } from '../../domain/ledger/decision.ts';
import type { Owner, Reservation } from '../../domain/ledger/reservation.ts';
import { type CommitReservation, decideCommit } from '../../domain/reservations/commit.ts';
import {
  decideExtend,
  type ExtendError,
  type ExtendReservation,
} from '../../domain/reservations/extend.ts';
import {
  skusOfReservation,
  transferForLateCommit,
} from '../../domain/reservations/late-commit-transfer.ts';
import { decideForOwner, type NotOwner } from '../../domain/reservations/owner.ts';
import {
  decidePartStep,
  type PartStepError,
  type TakePartStep,
} from '../../domain/reservations/part-step.ts';
import {
  decideRelease,
  type ReleaseError,
  type ReleaseReservation,
} from '../../domain/reservations/release.ts';
import {
  decideShip,
  type ShipError,
  type ShipReservation,
} from '../../domain/reservations/ship.ts';
import { executeCommand } from '../execute-command.ts';
import { loadReservation, loadReservationWithStock } from '../load-state.ts';
import type { StockStore } from '../ports.ts';

type ReservationCommand = CommandContext & {
  readonly reservationId: string;
  readonly owner?: Owner | undefined;
};

export const extendReservation = (
  store: StockStore,
  command: ExtendReservation & { readonly reservationId: string },
): Promise<Result<Reservation, ExtendError | NotOwner>> =>
  executeCommand(store, {
    ...readsOf(store, command),
    decide: (state) =>
      decideForOwner(state, ownerOfCommand(command), () => decideExtend(state, command)),
  });

export const releaseReservation = (
  store: StockStore,
  command: ReleaseReservation,
): Promise<Result<Reservation, ReleaseError | NotOwner>> =>
  executeCommand(store, {
    ...readsOf(store, command),
    decide: (state) =>
      decideForOwner(state, ownerOfCommand(command), () => decideRelease(state, command)),
  });

/** Commits a reservation. A commit that fails is recorded in the reservation that it returns. */
export const commitReservation = (
  store: StockStore,
  command: CommitReservation,
): Promise<Result<Reservation, NotOwner>> =>
  executeCommand(store, {
    ...readsOf(store, command),
    decide: (state) => decideOwnCommit(state, command),
  });

export const decideOwnCommit = (
  state: ReservationState,
  command: CommitReservation,
): Decision<Reservation, NotOwner> =>
  decideForOwner(state, ownerOfCommand(command), () => decideCommit(state, command));

/**
 * Ships a reservation of orders. Throws an Error if it is not committed: the order states that it
 * is, so an operator has to resolve this from the dead-letter queue.
 */
export async function shipReservation(
  store: StockStore,
  command: ShipReservation,
): Promise<Reservation> {
  const result = await executeCommand(store, {
    ...readsOf(store, command),
    decide: (state) => decideShipOfOrder(state, command),
  });
  if (result.ok) return result.value;
  const { error } = result;
  const reason = error.kind === 'notOwner' ? 'of another owner' : error.status;
  throw new Error(`cannot ship ${command.reservationId}: it is ${reason}`);
}

export const decideShipOfOrder = (
  state: ReservationState,
  command: ShipReservation,
): Decision<Reservation, ShipError | NotOwner> =>
  decideForOwner(state, 'order', () => decideShip(state, command));

/** Ships or releases units of a committed reservation, once for each step id. */
export const takePartStep = (
  store: StockStore,
  command: TakePartStep,
): Promise<Result<Reservation, PartStepError>> =>
  executeCommand(store, {
    ...readsOf(store, command),
    decide: (state) => decidePartStep(state, command),
  });

/** Moves units from other cells to the cells of the lines, as a late commit does first. */
export async function prepareLateCommit(
  store: StockStore,
  command: ReservationCommand,
): Promise<void> {
  await executeCommand(store, {
    ...readsOf(store, command),
    decide: (state) => {
      if (!state.isComplete) return { next: 'readAll' };
      const transfer = transferForLateCommit(state, command, { keepsFloor: false });
      return transfer === undefined
        ? { next: 'replay', value: undefined }
        : { next: 'prepare', change: transfer };
    },
  });
}

const ownerOfCommand = ({ owner = 'order' }: ReservationCommand): Owner => owner;

/** Reads a reservation and the cells of its lines. `readAll` reads all cells of its SKUs. */
const readsOf = (store: StockStore, command: ReservationCommand) => ({
  context: command,
  record: { reservationId: command.reservationId },
  read: () => loadReservation(store, command.reservationId),
  readAll: ({ reservation }: ReservationState) =>
    loadReservationWithStock(store, command.reservationId, skusOfReservation(reservation)),
});
