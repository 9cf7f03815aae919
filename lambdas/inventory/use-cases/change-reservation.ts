import { type CommitReservation, decideCommit } from '../domain/commit.ts';
import type { BookState, CommandContext, Decision } from '../domain/decision.ts';
import { decideExtend, type ExtendReservation } from '../domain/extend.ts';
import { decideRelease, type ReleaseReservation } from '../domain/release.ts';
import { decideShip, type ShipReservation } from '../domain/ship.ts';
import { changeBook } from './change-book.ts';
import type { StockStore } from './ports.ts';

/** The steps of a reservation that was made: each reads it and the cells of its lines. */
const step =
  <Command extends CommandContext & { readonly reservationId: string }, Value, Refusal>(
    decide: (state: BookState, command: Command) => Decision<Value, Refusal>,
  ) =>
  (store: StockStore, command: Command) =>
    changeBook(store, { reservationId: command.reservationId, cellsOfReservation: true }, command, (state) =>
      decide(state, command),
    );

export const extendReservation = step(
  (state, command: ExtendReservation & { readonly reservationId: string }) => decideExtend(state, command),
);
export const releaseReservation = step((state, command: ReleaseReservation) => decideRelease(state, command));
export const commitReservation = step((state, command: CommitReservation) => decideCommit(state, command));

/** Throws for what is not committed: the order says that it was, so this is for a person to look at (DLQ). */
export async function shipReservation(store: StockStore, command: ShipReservation) {
  const result = await step(decideShip)(store, command);
  if (!result.ok) throw new Error(`cannot ship ${command.reservationId}: it is ${result.refusal.status}`);
  return result.value;
}
