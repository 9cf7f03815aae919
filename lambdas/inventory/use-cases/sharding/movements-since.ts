import { defined } from '../../../shared/core/defined.ts';
import { RetryLaterError } from '../../../shared/core/errors.ts';
import type { Instant } from '../../../shared/core/instant.ts';
import { UnreadableRecordError } from '../../../shared/core/unreadable-record.ts';
import type { MovementBatch } from '../../domain/audit/balance-replay.ts';
import { MOVEMENT_DELAY_MILLISECONDS_MAX } from '../../domain/audit/checkpoint.ts';
import { type Cell, type CellKey, cellIdOf } from '../../domain/ledger/cell.ts';
import { type AccountRef, isAtOtherPlace, type Movement } from '../../domain/ledger/movement.ts';
import type { AuditReader, KeyRange } from '../audit/audit-ports.ts';
import { loadCells } from '../load-state.ts';
import type { StockStore } from '../ports.ts';

/** Manual adjustment that was entered after a count was made. */
export type LaterAdjustment = Pick<Movement, 'movementId' | 'at' | 'reason' | 'note' | 'by'> & {
  readonly delta: number;
};

export type CountPorts = {
  readonly store: StockStore;
  readonly reader: AuditReader;
  readonly clock: () => Instant;
};
/** Sum of the movements of a cell after the count was made. */
export type MovementsSince = {
  readonly units: number;
  readonly adjustments: readonly LaterAdjustment[];
  /** Time of the first movement that was entered after the count, or infinity. */
  readonly firstAt: Instant;
};
/** Sum of the movements of a cell that are too old to change, and the start of the next read. */
export type CellHistory = {
  readonly key: CellKey;
  final: MovementsSince;
  from: Pick<KeyRange, 'since' | 'after'>;
};
type StableCell = { readonly cell: Cell | undefined; readonly since: MovementsSince };

export const noMovementsSince = (): MovementsSince => ({
  units: 0,
  adjustments: [],
  firstAt: Number.POSITIVE_INFINITY,
});
export const sumMovementsSince = (all: readonly MovementsSince[]): MovementsSince =>
  all.reduce(
    (sum, { units, adjustments, firstAt }) => ({
      units: sum.units + units,
      adjustments: [...sum.adjustments, ...adjustments],
      firstAt: Math.min(sum.firstAt, firstAt),
    }),
    noMovementsSince(),
  );

/** `at` is the time of the count, `until` the time after which no read starts. */
export type ReadWindow = { readonly at: Instant; readonly until: Instant };

/**
 * Reads cells with their movements, until no cell changed during its read. Throws RetryLaterError
 * when time is up.
 */
export async function readStableCells(
  { store, reader, clock }: CountPorts,
  histories: readonly CellHistory[],
  { at, until }: ReadWindow,
): Promise<StableCell[]> {
  const done: StableCell[] = [];
  let remaining = histories;
  for (let attempt = 0; remaining.length > 0; attempt += 1) {
    if (clock() >= until)
      throw new RetryLaterError(`${remaining.length} cells changed during each read for a count`);
    if (attempt > 0) await reader.backoff(attempt);
    const keys = remaining.map(({ key }) => key);
    const before = await loadCells(store, keys);
    const since = await Promise.all(
      remaining.map((history) => readMovementsSince(reader, history, at, clock())),
    );
    const after = await loadCells(store, keys);
    const isSettled = ({ key }: CellHistory): boolean =>
      before.get(cellIdOf(key))?.version === after.get(cellIdOf(key))?.version;
    done.push(
      ...remaining.flatMap((history, index) =>
        isSettled(history)
          ? [{ cell: after.get(cellIdOf(history.key)), since: since[index] ?? noMovementsSince() }]
          : [],
      ),
    );
    remaining = remaining.filter((history) => !isSettled(history));
  }
  return done;
}

async function readMovementsSince(
  reader: AuditReader,
  history: CellHistory,
  at: Instant,
  now: Instant,
): Promise<MovementsSince> {
  let tail = noMovementsSince();
  let mayStillChange = false;
  for await (const entry of reader.movements(history.key, {
    ...history.from,
    until: Number.POSITIVE_INFINITY,
  })) {
    if ('unreadable' in entry) throw new UnreadableRecordError(entry.unreadable);
    const added = movementsSinceOf(entry, at);
    mayStillChange ||= entry.at > now - MOVEMENT_DELAY_MILLISECONDS_MAX;
    if (mayStillChange) tail = sumMovementsSince([tail, added]);
    else {
      history.final = sumMovementsSince([history.final, added]);
      history.from = { after: entry.key };
    }
  }
  return sumMovementsSince([history.final, tail]);
}

function movementsSinceOf(
  { at: enteredAt, movements }: MovementBatch,
  at: Instant,
): MovementsSince {
  const later = movements.filter((movement) => (movement.effectiveAt ?? movement.at) > at);
  return {
    units: later.reduce((sum, movement) => sum + onHandDeltaOf(movement), 0),
    // Includes the posting of a count only if that count is newer than this one.
    adjustments: later.filter(({ kind }) => kind === 'ADJUSTED').map(toLaterAdjustment),
    firstAt: enteredAt > at ? enteredAt : Number.POSITIVE_INFINITY,
  };
}

const toLaterAdjustment = (movement: Movement): LaterAdjustment => {
  const { movementId, at, reason, note, by, effectiveAt } = movement;
  return {
    movementId,
    at: effectiveAt ?? at,
    delta: onHandDeltaOf(movement),
    by,
    ...defined({ reason, note }),
  };
};

/**
 * Returns the change of the units on hand at the location of the movement's cell. A REBUILT
 * movement changes none.
 */
function onHandDeltaOf({ kind, quantity, from, to }: Movement): number {
  if (kind === 'REBUILT') return 0;
  return (isOnHand(to) ? quantity : 0) - (isOnHand(from) ? quantity : 0);
}

const isOnHand = (ref: AccountRef): boolean => ref.account !== 'outside' && !isAtOtherPlace(ref);
