import type { Instant } from '../../../shared/core/instant.ts';
import { accepted, type Result, refused } from '../../../shared/core/result.ts';
import type { Position } from '../../domain/audit/tally.ts';
import {
  type Cell,
  type CellKey,
  type Counts,
  cellAt,
  cellIdOf,
  countsAt,
  isAt,
  type PostedCount,
  sumOfCounts,
} from '../../domain/ledger/cell.ts';
import { type CountTolerance, cellsOf } from '../../domain/ledger/sku.ts';
import type { AuditReader } from '../audit/audit-ports.ts';
import { readUnmoved } from '../audit/read-unmoved.ts';
import { replayCell } from '../audit/replay-cell.ts';
import {
  emptySince,
  type History,
  type LaterAdjustment,
  type Since,
  type SincePorts,
  settledCells,
  sumOfSince,
  type Time,
} from '../sharding/settled-cells.ts';

export type CountBasis = {
  /** Units on hand when it was counted. */
  readonly expected: number;
  /** As of now. */
  readonly counts: Counts;
  readonly tolerance: CountTolerance | undefined;
  readonly lastCount: PostedCount | undefined;
  readonly lastAdjustmentId: string | undefined;
  /** Manual adjustments after the count, oldest first. */
  readonly adjustments: readonly LaterAdjustment[];
  /** Time of the location's first movement, where the count was made before it. */
  readonly firstMovementAt: Instant | undefined;
  /** The orders that can no longer be kept, newest first. */
  readonly short: readonly Position[];
};
type Asked = {
  readonly sku: string;
  readonly locationId: string;
  /** ISO 8601. */
  readonly at: string;
  readonly counted: number;
};
/** `deadline` is the time by which the caller must have an answer. */
type Times = { readonly now: Instant; readonly deadline: Instant };

/** The caller waits, and posts the count after this read: it must leave most of the caller's 10 seconds. */
export const BASIS_MILLISECONDS_MAX = 3_000;

/**
 * Returns the book as of a count: what is on hand now, less what came in and went out after it was counted. A movement that was
 * written later but took effect before, as the posting of another count does, is no part of that.
 *
 * Each cell's balance and movements are read until they are of one moment. The cells need not be of the same moment: each tells
 * what it had when the count was made. Only a transfer that is written meanwhile would be seen twice or not at all, so then they
 * are read again (see `readUnmoved`). Movements that are too old to change are read once. Throws RetryLater when time is up.
 */
export async function countBasis(
  ports: SincePorts,
  { sku, locationId, at, counted }: Asked,
  { now, deadline }: Times,
): Promise<Result<CountBasis, { readonly kind: 'notFound' }>> {
  const home = cellAt(sku, locationId);
  const countedAt = Date.parse(at);
  const time: Time = { at: countedAt, until: Math.min(deadline, now + BASIS_MILLISECONDS_MAX) };
  const histories = new Map<string, History>();
  const historyOf = (key: CellKey): History => {
    const known = histories.get(cellIdOf(key));
    if (known !== undefined) return known;
    const history: History = { key, settled: emptySince(), from: { since: countedAt } };
    histories.set(cellIdOf(key), history);
    return history;
  };
  const read = await readUnmoved(ports.store, [sku], (records) =>
    Promise.all(
      records.map(async (record) => {
        const keys = cellsOf(record).filter((key) => isAt(key, home));
        return { record, keys, settled: await settledCells(ports, keys.map(historyOf), time) };
      }),
    ),
  );
  const found = read.get(sku);
  const cells = found?.settled.flatMap(({ cell }) => cell ?? []) ?? [];
  const homeCell = cells.find((cell) => cellIdOf(cell) === cellIdOf(home));
  if (found === undefined || homeCell === undefined) return refused({ kind: 'notFound' });

  const since = sumOfSince(found.settled.map((one) => one.since));
  const counts = sumOfCounts(cells.map((one) => countsAt(one, now)));
  const expected = counts.onHand - since.units;
  const { lastCount, lastAdjustment } = homeCell;
  const isUnknown = expected === 0 && lastCount === undefined;
  return accepted({
    expected,
    counts,
    tolerance: found.record.countTolerance,
    lastCount,
    lastAdjustmentId: lastAdjustment?.movementId,
    adjustments: since.adjustments.toSorted((a, b) => a.at - b.at),
    firstMovementAt: isUnknown
      ? await firstMovementAfter(ports.reader, found.keys, countedAt, since)
      : undefined,
    short: await shortOrders(ports.reader, cells, counts.onHand + counted - expected, now),
  });
}

/** Time of the first movement after the count, where the location has none that is older. */
async function firstMovementAfter(
  reader: AuditReader,
  keys: readonly CellKey[],
  at: Instant,
  { firstAt }: Since,
): Promise<Instant | undefined> {
  if (!Number.isFinite(firstAt)) return undefined;
  const older = await Promise.all(keys.map((key) => hasMovement(reader, key, at)));
  return older.includes(true) ? undefined : firstAt;
}

async function hasMovement(reader: AuditReader, key: CellKey, until: Instant): Promise<boolean> {
  for await (const _entry of reader.movements(key, { until })) return true;
  return false;
}

/** Returns the orders that cannot be kept, newest first, where `left` units are on hand once the count is posted. */
async function shortOrders(
  reader: AuditReader,
  cells: readonly Cell[],
  left: number,
  now: Instant,
): Promise<readonly Position[]> {
  const committed = cells.reduce((units, cell) => units + cell.committed, 0);
  if (left >= committed) return [];
  const replayed = await Promise.all(
    cells.map((cell) => replayCell(reader, cell, { full: false, now })),
  );
  const positions = new Map<string, Position>();
  for (const position of replayed.flatMap(({ tally }) => [...tally.positions.values()])) {
    // An order that has units of several cells is one order.
    const known = positions.get(position.reservationId);
    positions.set(position.reservationId, {
      ...position,
      committed: position.committed + (known?.committed ?? 0),
      since: Math.max(position.since, known?.since ?? 0),
    });
  }
  const newestFirst = [...positions.values()]
    .filter((position) => position.committed > 0)
    .sort((a, b) => b.since - a.since);
  const short: Position[] = [];
  let kept = committed;
  for (const position of newestFirst) {
    if (kept <= left) break;
    kept -= position.committed;
    short.push(position);
  }
  return short;
}
