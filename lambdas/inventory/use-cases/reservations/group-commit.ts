import { UnreadableRecordError } from '../../../shared/core/unreadable-record.ts';
import type { Change } from '../../domain/ledger/change.ts';
import type { BookState, CommandContext, Decision } from '../../domain/ledger/decision.ts';
import { groupChanges, isMergeable } from '../../domain/ledger/merge-changes.ts';
import {
  type CommitReservation,
  decideCommit,
  hasCommitShortage,
} from '../../domain/reservations/commit.ts';
import { decideShip, type ShipReservation } from '../../domain/reservations/ship.ts';
import type { StockStore } from '../ports.ts';
import { commitReservation, shipReservation } from './change-reservation.ts';

/** A group whose cells stay busy is taken apart: its parts meet less. */
const GROUP_ATTEMPTS_MAX = 3;

type Command = CommandContext & { readonly reservationId: string };
type Settled = PromiseSettledResult<unknown>;
type Settle<C extends Command> = {
  readonly decide: (state: BookState, command: C) => Decision<unknown, unknown>;
  readonly alone: (store: StockStore, command: C) => Promise<unknown>;
};

/**
 * A batch of steps, each of a reservation of its own: what changes the same cells is written in one transaction, so that orders of a hot
 * sku wait for one lock and not for one each. What is refused together, or can be no part of it, is done one by one. Answers for each
 * command, in their order, whether it was done.
 */
const together =
  <C extends Command>({ decide, alone }: Settle<C>) =>
  async (store: StockStore, commands: readonly C[]): Promise<Settled[]> => {
    const done = await writtenTogether(store, commands, decide);
    const open = new Map<string, Promise<unknown>>();
    return Promise.allSettled(
      commands.map((command) => {
        const { reservationId } = command;
        if (done.has(command)) return undefined;
        // A repeat in the same batch waits for the first, and finds it done.
        const before = open.get(reservationId)?.catch(() => undefined);
        const work = (before ?? Promise.resolve()).then(() => alone(store, command));
        open.set(reservationId, work);
        return work;
      }),
    );
  };

/** The commands that were done in company; none for a batch of one. */
async function writtenTogether<C extends Command>(
  store: StockStore,
  commands: readonly C[],
  decide: Settle<C>['decide'],
): Promise<ReadonlySet<C>> {
  const done = new Set<C>();
  const first = commands.filter(
    ({ reservationId }, index) =>
      commands.findIndex((one) => one.reservationId === reservationId) === index,
  );
  if (first.length < 2) return done;
  const state = await loadedTogether(store, first);
  if (state === undefined) return done;
  const { cells, reservations } = state;
  const commandOf = new Map<Change, C>();
  for (const command of first) {
    const reservation = reservations?.get(command.reservationId);
    const change = changeOf(() => decide({ cells, ...(reservation && { reservation }) }, command));
    // One that would give up is looked at by itself: other cells may have what it lacks.
    if (change !== undefined && isMergeable(change) && !hasCommitShortage(change))
      commandOf.set(change, command);
  }
  const write = async (groups: readonly (readonly Change[])[]): Promise<void> => {
    for (const group of groups) {
      if (!(await isApplied(store, group))) continue;
      for (const change of group) {
        const command = commandOf.get(change);
        if (command !== undefined) done.add(command);
      }
    }
  };
  await Promise.all(groupChanges([...commandOf.keys()]).map(write));
  return done;
}

/** Returns undefined where a record of one of them cannot be read: each is then read alone, and the others are done. */
async function loadedTogether(
  store: StockStore,
  commands: readonly Command[],
): Promise<BookState | undefined> {
  try {
    return await store.load({ reservations: commands.map(({ reservationId }) => reservationId) });
  } catch (error) {
    if (error instanceof UnreadableRecordError) return undefined;
    throw error;
  }
}

/** Undefined too where the decision fails: it does so again alone, and keeps no other from being done. */
function changeOf(decide: () => Decision<unknown, unknown>): Change | undefined {
  try {
    const decision = decide();
    return decision.ok ? decision.value.change : undefined;
  } catch {
    return undefined;
  }
}

async function isApplied(store: StockStore, group: readonly Change[]): Promise<boolean> {
  for (let attempt = 0; attempt < GROUP_ATTEMPTS_MAX; attempt += 1) {
    if (attempt > 0) await store.backoff(attempt);
    const { outcome } = await store.applyGroup(group);
    if (outcome !== 'busy') return outcome === 'applied';
  }
  return false;
}

export const commitReservations = together<CommitReservation>({
  decide: decideCommit,
  alone: commitReservation,
});
export const shipReservations = together<ShipReservation>({
  decide: decideShip,
  alone: shipReservation,
});
