import { UnreadableRecordError } from '../../../shared/core/unreadable-record.ts';
import type { Change } from '../../domain/ledger/change.ts';
import type { CommandContext, Decision, ReservationState } from '../../domain/ledger/decision.ts';
import { groupChanges, isMergeable } from '../../domain/ledger/merge-changes.ts';
import type { CommitReservation } from '../../domain/reservations/commit.ts';
import type { ShipReservation } from '../../domain/reservations/ship.ts';
import { loadReservations, NO_LOCATIONS } from '../load-state.ts';
import type { StockStore } from '../ports.ts';
import {
  commitReservation,
  decideOwnCommit,
  decideShipOfOrder,
  shipReservation,
} from './change-reservation.ts';

/** Maximum attempts of one group. After them its commands run one by one, with fewer conflicts. */
const GROUP_ATTEMPTS_MAX = 3;

type ReservationCommand = CommandContext & { readonly reservationId: string };
type Decide<Command> = (state: ReservationState, command: Command) => Decision<unknown, unknown>;

/**
 * Commits a batch of reservations of orders. Changes of the same cells are written in one
 * transaction, so that the orders of a hot SKU wait for one lock instead of one each. A command
 * that cannot be part of a group runs alone. Returns a result for each command, in their order.
 */
export async function commitReservations(
  store: StockStore,
  commands: readonly CommitReservation[],
): Promise<PromiseSettledResult<unknown>[]> {
  const done = await writeInGroups(store, commands, decideOwnCommit);
  return runRest(commands, done, (command) => commitOrder(store, command));
}

/** Throws an Error for a reservation of another owner: an operator has to resolve it. */
async function commitOrder(store: StockStore, command: CommitReservation): Promise<void> {
  const result = await commitReservation(store, command);
  if (!result.ok) throw new Error(`cannot commit ${command.reservationId}: it is of another owner`);
}

/** Ships a batch of reservations in groups, as `commitReservations` does. */
export async function shipReservations(
  store: StockStore,
  commands: readonly ShipReservation[],
): Promise<PromiseSettledResult<unknown>[]> {
  const done = await writeInGroups(store, commands, decideShipOfOrder);
  return runRest(commands, done, (command) => shipReservation(store, command));
}

/** Returns the commands whose changes were written in a group. A batch of one has no group. */
async function writeInGroups<Command extends ReservationCommand>(
  store: StockStore,
  commands: readonly Command[],
  decide: Decide<Command>,
): Promise<ReadonlySet<Command>> {
  const done = new Set<Command>();
  const first = commands.filter(
    ({ reservationId }, index) =>
      commands.findIndex((one) => one.reservationId === reservationId) === index,
  );
  if (first.length < 2) return done;
  const commandOf = await decideEach(store, first, decide);
  const write = async (group: readonly Change[]): Promise<void> => {
    if (!(await writeGroup(store, group))) return;
    for (const change of group) {
      const command = commandOf.get(change);
      if (command !== undefined) done.add(command);
    }
  };
  const writeChain = async (groups: readonly (readonly Change[])[]): Promise<void> => {
    for (const group of groups) await write(group);
  };
  await Promise.all(groupChanges([...commandOf.keys()]).map(writeChain));
  return done;
}

/** Returns the changes that can be part of a group, each with its command. */
async function decideEach<Command extends ReservationCommand>(
  store: StockStore,
  commands: readonly Command[],
  decide: Decide<Command>,
): Promise<ReadonlyMap<Change, Command>> {
  const commandOf = new Map<Change, Command>();
  const loaded = await loadBatch(store, commands);
  if (loaded === undefined) return commandOf;
  const { reservations, cells } = loaded;
  // Not complete: a command that lacks units runs alone, because other cells may have them.
  const records = { cells, stockItems: new Map(), locations: NO_LOCATIONS, isComplete: false };
  for (const command of commands) {
    const state = { ...records, reservation: reservations.get(command.reservationId) };
    const change = changeOf(decide, state, command);
    if (change !== undefined && isMergeable(change)) commandOf.set(change, command);
  }
  return commandOf;
}

/**
 * Returns undefined if a record cannot be read. Then each command runs alone, and only those of
 * that record fail.
 */
async function loadBatch(store: StockStore, commands: readonly ReservationCommand[]) {
  try {
    return await loadReservations(
      store,
      commands.map(({ reservationId }) => reservationId),
    );
  } catch (error) {
    if (error instanceof UnreadableRecordError) return undefined;
    throw error;
  }
}

/**
 * Returns undefined for any other decision, and if the decision throws: it throws again when the
 * command runs alone.
 */
function changeOf<Command>(
  decide: Decide<Command>,
  state: ReservationState,
  command: Command,
): Change | undefined {
  try {
    const decision = decide(state, command);
    return decision.next === 'commit' ? decision.change : undefined;
  } catch {
    return undefined;
  }
}

async function writeGroup(store: StockStore, group: readonly Change[]): Promise<boolean> {
  for (let attempt = 0; attempt < GROUP_ATTEMPTS_MAX; attempt += 1) {
    if (attempt > 0) await store.backoff(attempt);
    const { outcome } = await store.applyGroup(group);
    if (outcome !== 'busy') return outcome === 'applied';
  }
  return false;
}

/** Runs the commands that no group wrote. A repeat in the same batch waits for the first one. */
function runRest<Command extends ReservationCommand>(
  commands: readonly Command[],
  done: ReadonlySet<Command>,
  run: (command: Command) => Promise<unknown>,
): Promise<PromiseSettledResult<unknown>[]> {
  const running = new Map<string, Promise<unknown>>();
  return Promise.allSettled(
    commands.map((command) => {
      const { reservationId } = command;
      if (done.has(command)) return undefined;
      const earlier = running.get(reservationId)?.catch(() => undefined);
      const work = (earlier ?? Promise.resolve()).then(() => run(command));
      running.set(reservationId, work);
      return work;
    }),
  );
}
