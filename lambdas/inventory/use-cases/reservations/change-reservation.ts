import { err, ok, type Result } from '../../../shared/core/result.ts';
import type { BookState, CommandContext, Decision } from '../../domain/ledger/decision.ts';
import type { Shortage } from '../../domain/ledger/reservation.ts';
import {
  type CommitReservation,
  decideCommit,
  hasCommitShortage,
} from '../../domain/reservations/commit.ts';
import { decideExtend, type ExtendReservation } from '../../domain/reservations/extend.ts';
import {
  lateShortagesOf,
  skusOfReservation,
  transferForLateCommit,
} from '../../domain/reservations/late-commit-transfer.ts';
import { decideRelease, type ReleaseReservation } from '../../domain/reservations/release.ts';
import { decideShip, type ShipReservation } from '../../domain/reservations/ship.ts';
import { executeCommand } from '../execute-command.ts';
import type { StockStore } from '../ports.ts';

/** The steps of a reservation that was made: each reads it and the cells of its lines. */
const step =
  <Command extends CommandContext & { readonly reservationId: string }, Value, Refusal>(
    decide: (state: BookState, command: Command) => Decision<Value, Refusal>,
  ) =>
  (store: StockStore, command: Command) =>
    executeCommand(
      store,
      { reservationId: command.reservationId, cellsOfReservation: true },
      command,
      (state) => decide(state, command),
    );

/**
 * As `step`; but where too little is left in the cells of its lines, all cells of their skus are looked at, and what others have is
 * brought there. It is decided for good only where that finds too little too, whatever was moved between the cells meanwhile.
 */
const rescued =
  <
    Command extends CommandContext & { readonly reservationId: string },
    Value,
    Refusal extends { readonly kind: string },
  >(
    decide: (state: BookState, command: Command) => Decision<Value, Refusal>,
    isShort: (decision: Decision<Value, Refusal>) => boolean,
  ) =>
  async (store: StockStore, command: Command): Promise<Result<Value, Refusal>> => {
    let skus: readonly string[] = [];
    const unlessShort = (state: BookState): Decision<Value, Refusal | TooLittle> => {
      const decision = decide(state, command);
      if (state.reservation?.status !== 'HELD' || !isShort(decision)) return decision;
      skus = skusOfReservation(state.reservation);
      return err({
        kind: 'tooLittle',
        shortages: lateShortagesOf(state, state.reservation, command),
      });
    };
    const reads = { reservationId: command.reservationId, cellsOfReservation: true };
    let result = await executeCommand(store, reads, command, unlessShort);
    if (isTooLittle(result)) {
      const before = (state: BookState) => transferForLateCommit(state, command);
      result = await executeCommand(store, { ...reads, skus }, command, unlessShort, { before });
    }
    // Whatever else it was, it was refused by `decide`.
    return isTooLittle(result) ? step(decide)(store, command) : (result as Result<Value, Refusal>);
  };
type TooLittle = { readonly kind: 'tooLittle'; readonly shortages: readonly Shortage[] };
const isTooLittle = (result: Result<unknown, { readonly kind: string }>): boolean =>
  !result.ok && result.error.kind === 'tooLittle';

export const extendReservation = rescued(
  (state, command: ExtendReservation & { readonly reservationId: string }) =>
    decideExtend(state, command),
  (decision) => !decision.ok && decision.error.kind === 'expired',
);
export const releaseReservation = step((state, command: ReleaseReservation) =>
  decideRelease(state, command),
);
export const commitReservation = rescued(
  (state, command: CommitReservation) => decideCommit(state, command),
  (decision) => decision.ok && hasCommitShortage(decision.value.change),
);

/** Throws for what is not committed: the order says that it was, so this is for a person to look at (DLQ). */
export async function shipReservation(store: StockStore, command: ShipReservation) {
  const result = await step(decideShip)(store, command);
  if (!result.ok)
    throw new Error(`cannot ship ${command.reservationId}: it is ${result.error.status}`);
  return result.value;
}

/** What a late commit would lack in the cells of its lines is brought there, where other cells have it. Nothing else is changed. */
export const prepareLateCommit = async (
  store: StockStore,
  command: CommandContext & { readonly reservationId: string },
  skus: readonly string[],
): Promise<void> => {
  await executeCommand(
    store,
    { reservationId: command.reservationId, cellsOfReservation: true, skus },
    command,
    () => ok({ value: undefined }),
    { before: (state) => transferForLateCommit(state, command) },
  );
};
