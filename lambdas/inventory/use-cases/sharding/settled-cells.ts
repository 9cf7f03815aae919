import { RetryLater } from '../../../shared/core/faults.ts';
import type { Instant } from '../../../shared/core/instant.ts';
import { UnreadableRecord } from '../../../shared/core/unreadable.ts';
import { SETTLED_MILLISECONDS } from '../../domain/audit/checkpoint.ts';
import type { MovementsEntry } from '../../domain/audit/tally.ts';
import { type Cell, type CellKey, cellIdOf } from '../../domain/ledger/cell.ts';
import type { Movement } from '../../domain/ledger/movement.ts';
import type { AuditReader, KeyRange } from '../audit/audit-ports.ts';
import type { StockStore } from '../ports.ts';

/** An adjustment by hand that was entered after a count was made. */
export type LaterAdjustment = Pick<Movement, 'movementId' | 'at' | 'reason' | 'note' | 'by'> & {
  readonly delta: number;
};

export type SincePorts = {
  readonly store: StockStore;
  readonly reader: AuditReader;
  readonly clock: () => Instant;
};
/** What movements brought to a cell after the count was made. */
export type Since = {
  readonly units: number;
  readonly adjustments: readonly LaterAdjustment[];
  /** Time of the first movement that was entered after the count. */
  readonly firstAt: Instant;
};
/** Movements of a cell that are too old to change, and where to go on reading. */
export type History = {
  readonly key: CellKey;
  settled: Since;
  from: Pick<KeyRange, 'since' | 'after'>;
};
type SettledCell = { readonly cell: Cell | undefined; readonly since: Since };

export const emptySince = (): Since => ({
  units: 0,
  adjustments: [],
  firstAt: Number.POSITIVE_INFINITY,
});
export const sumOfSince = (all: readonly Since[]): Since =>
  all.reduce(
    (sum, { units, adjustments, firstAt }) => ({
      units: sum.units + units,
      adjustments: [...sum.adjustments, ...adjustments],
      firstAt: Math.min(sum.firstAt, firstAt),
    }),
    emptySince(),
  );

/** `at` is the time of the count, `until` the time at which the read is given up. */
export type Time = { readonly at: Instant; readonly until: Instant };

/** Reads cells with their movements until each is the same before and after. Throws RetryLater when time is up. */
export async function settledCells(
  { store, reader, clock }: SincePorts,
  histories: readonly History[],
  { at, until }: Time,
): Promise<SettledCell[]> {
  const done: SettledCell[] = [];
  let open = histories;
  for (let looked = 0; open.length > 0; looked += 1) {
    if (clock() >= until)
      throw new RetryLater(`${open.length} cells kept changing while a count was compared`);
    if (looked > 0) await reader.pause(looked);
    const keys = open.map(({ key }) => key);
    const before = (await store.load({ cells: keys })).cells;
    const since = await Promise.all(open.map((history) => readSince(reader, history, at, clock())));
    const after = (await store.load({ cells: keys })).cells;
    const isSettled = ({ key }: History): boolean =>
      before.get(cellIdOf(key))?.version === after.get(cellIdOf(key))?.version;
    done.push(
      ...open.flatMap((history, index) =>
        isSettled(history)
          ? [{ cell: after.get(cellIdOf(history.key)), since: since[index] ?? emptySince() }]
          : [],
      ),
    );
    open = open.filter((history) => !isSettled(history));
  }
  return done;
}

async function readSince(
  reader: AuditReader,
  history: History,
  at: Instant,
  now: Instant,
): Promise<Since> {
  let tail = emptySince();
  let isYoung = false;
  for await (const entry of reader.movements(history.key, {
    ...history.from,
    until: Number.POSITIVE_INFINITY,
  })) {
    if ('unreadable' in entry) throw new UnreadableRecord(entry.unreadable);
    const added = sinceOf(entry, at);
    isYoung ||= entry.at > now - SETTLED_MILLISECONDS;
    if (isYoung) tail = sumOfSince([tail, added]);
    else {
      history.settled = sumOfSince([history.settled, added]);
      history.from = { after: entry.key };
    }
  }
  return sumOfSince([history.settled, tail]);
}

function sinceOf({ at: enteredAt, movements }: MovementsEntry, at: Instant): Since {
  const later = movements.filter((movement) => (movement.effectiveAt ?? movement.at) > at);
  return {
    units: later.reduce((sum, movement) => sum + onHandBy(movement), 0),
    // The posting of a count that took effect later is among them only where that count supersedes this one.
    adjustments: later.filter(({ kind }) => kind === 'ADJUSTED').map(toLaterAdjustment),
    firstAt: enteredAt > at ? enteredAt : Number.POSITIVE_INFINITY,
  };
}

const toLaterAdjustment = (movement: Movement): LaterAdjustment => {
  const { movementId, at, reason, note, by, effectiveAt } = movement;
  return {
    movementId,
    at: effectiveAt ?? at,
    delta: onHandBy(movement),
    by,
    ...(reason === undefined ? {} : { reason }),
    ...(note === undefined ? {} : { note }),
  };
};

/** What a movement brings to the shelf, or takes from it. Where a balance was rebuilt, nothing came or went. */
function onHandBy({ kind, quantity, from, to }: Movement): number {
  if (kind === 'REBUILT') return 0;
  return (to.account === 'outside' ? 0 : quantity) - (from.account === 'outside' ? 0 : quantity);
}
