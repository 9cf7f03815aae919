import { type Result, refused } from '../../shared/result.ts';
import { type CommitReservation, decideCommit, givesUp } from '../domain/commit.ts';
import type { BookState, CommandContext, Decision } from '../domain/decision.ts';
import { decideExtend, type ExtendReservation } from '../domain/extend.ts';
import { decideRelease, type ReleaseReservation } from '../domain/release.ts';
import { rescueOverdue, skusOf } from '../domain/rescue.ts';
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

/**
 * As `step`; but where too little is left in the cells of its lines, all cells of their skus are looked at, and what others have is
 * brought there before it is decided for good.
 */
const rescued =
  <Command extends CommandContext & { readonly reservationId: string }, Value, Refusal>(
    decide: (state: BookState, command: Command) => Decision<Value, Refusal>,
    isShort: (decision: Decision<Value, Refusal>) => boolean,
  ) =>
  async (store: StockStore, command: Command): Promise<Result<Value, Refusal>> => {
    let skus: readonly string[] | undefined;
    const first = await step((state: BookState, given: Command): Decision<Value, Refusal | TooLittle> => {
      const decision = decide(state, given);
      if (!isShort(decision)) return decision;
      skus = skusOf(state.reservation);
      return refused(TOO_LITTLE);
    })(store, command);
    if (first.ok || first.refusal !== TOO_LITTLE) return first as Result<Value, Refusal>;
    return changeBook(
      store,
      { reservationId: command.reservationId, cellsOfReservation: true, ...(skus && { skus }) },
      command,
      (state) => decide(state, command),
      { before: (state) => rescueOverdue(state, command) },
    );
  };
type TooLittle = { readonly kind: 'tooLittle' };
const TOO_LITTLE: TooLittle = { kind: 'tooLittle' };

export const extendReservation = rescued(
  (state, command: ExtendReservation & { readonly reservationId: string }) => decideExtend(state, command),
  (decision) => !decision.ok && decision.refusal.kind === 'expired',
);
export const releaseReservation = step((state, command: ReleaseReservation) => decideRelease(state, command));
export const commitReservation = rescued(
  (state, command: CommitReservation) => decideCommit(state, command),
  (decision) => decision.ok && givesUp(decision.value.change),
);

/** Throws for what is not committed: the order says that it was, so this is for a person to look at (DLQ). */
export async function shipReservation(store: StockStore, command: ShipReservation) {
  const result = await step(decideShip)(store, command);
  if (!result.ok) throw new Error(`cannot ship ${command.reservationId}: it is ${result.refusal.status}`);
  return result.value;
}
