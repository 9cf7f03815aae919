import type { CountTolerance } from '../../../contracts/api/inventory.ts';
import { defined } from '../../../shared/core/defined.ts';
import type { Instant } from '../../../shared/core/instant.ts';
import { err, ok, type Result } from '../../../shared/core/result.ts';
import type { Position } from '../../domain/audit/balance-replay.ts';
import {
  type Cell,
  type CellKey,
  cellIdOf,
  homeCellKey,
  isAtLocation,
  type PostedCount,
  type Quantities,
  quantitiesAt,
  sumOfQuantities,
} from '../../domain/ledger/cell.ts';
import type { Owner } from '../../domain/ledger/reservation.ts';
import { allCellKeysOf } from '../../domain/ledger/stock-item.ts';
import type { AuditReader } from '../audit/audit-ports.ts';
import { readAtOneVersion } from '../audit/read-at-one-version.ts';
import { replayCell } from '../audit/replay-cell.ts';
import {
  type CellHistory,
  type CountPorts,
  type LaterAdjustment,
  type MovementsSince,
  noMovementsSince,
  type ReadWindow,
  readStableCells,
  sumMovementsSince,
} from '../sharding/movements-since.ts';

export type CountBasis = {
  /** Units on hand at the time of the count. */
  readonly expected: number;
  /** Current units. */
  readonly quantities: Quantities;
  readonly tolerance: CountTolerance | undefined;
  readonly lastCount: PostedCount | undefined;
  readonly lastAdjustmentId: string | undefined;
  /** Manual adjustments after the count, oldest first. */
  readonly adjustments: readonly LaterAdjustment[];
  /** Time of the location's first movement, if the count is older. */
  readonly firstMovementAt: Instant | undefined;
  /** Reservations that can no longer be fulfilled, newest first. `owner` is set for a service. */
  readonly unfulfillable: readonly UnfulfillablePosition[];
};
type UnfulfillablePosition = Position & { readonly owner?: Owner };
type CountBasisInput = {
  readonly sku: string;
  readonly locationId: string;
  /** Time of the count in ISO 8601. */
  readonly at: string;
  readonly counted: number;
};
/** `deadline` is the time by which the caller must have the response. */
type CallTimes = { readonly now: Instant; readonly deadline: Instant };

/** Time limit of the read. The caller has 10 seconds in all, and posts the count after the read. */
export const COUNT_BASIS_MILLISECONDS_MAX = 3_000;

/**
 * Returns the recorded stock as of a count: the units on hand now, without the movements after the
 * count. A movement that was written after the count but took effect before it, such as the posting
 * of another count, is not subtracted.
 *
 * Each cell's balance and movements are read until both are of one moment. Different cells may be
 * of different moments, because each yields its units at the time of the count. Only a transfer
 * that is written meanwhile would be seen twice or not at all, so then all cells are read again
 * (see `readAtOneVersion`). Movements that are too old to change are read once. Throws
 * RetryLaterError when time is up.
 */
export async function readCountBasis(
  ports: CountPorts,
  { sku, locationId, at, counted }: CountBasisInput,
  { now, deadline }: CallTimes,
): Promise<Result<CountBasis, { readonly kind: 'notFound' }>> {
  const home = homeCellKey(sku, locationId);
  const countedAt = Date.parse(at);
  const time: ReadWindow = {
    at: countedAt,
    until: Math.min(deadline, now + COUNT_BASIS_MILLISECONDS_MAX),
  };
  const histories = new Map<string, CellHistory>();
  const historyOf = (key: CellKey): CellHistory => {
    const known = histories.get(cellIdOf(key));
    if (known !== undefined) return known;
    const history: CellHistory = { key, final: noMovementsSince(), from: { since: countedAt } };
    histories.set(cellIdOf(key), history);
    return history;
  };
  const readings = await readAtOneVersion(ports.store, [sku], (records) =>
    Promise.all(
      records.map(async (record) => {
        const keys = allCellKeysOf(record).filter((key) => isAtLocation(key, home));
        return { record, keys, settled: await readStableCells(ports, keys.map(historyOf), time) };
      }),
    ),
  );
  const found = readings.get(sku);
  const cells = found?.settled.flatMap(({ cell }) => cell ?? []) ?? [];
  const homeCell = cells.find((cell) => cellIdOf(cell) === cellIdOf(home));
  if (found === undefined || homeCell === undefined) return err({ kind: 'notFound' });

  const since = sumMovementsSince(found.settled.map((one) => one.since));
  const quantities = sumOfQuantities(cells.map((one) => quantitiesAt(one, now)));
  const expected = quantities.onHand - since.units;
  const { lastCount, lastAdjustment } = homeCell;
  const isUnknown = expected === 0 && lastCount === undefined;
  return ok({
    expected,
    quantities,
    tolerance: found.record.countTolerance,
    lastCount,
    lastAdjustmentId: lastAdjustment?.movementId,
    adjustments: since.adjustments.toSorted((a, b) => a.at - b.at),
    firstMovementAt: isUnknown
      ? await firstMovementAfter(ports.reader, found.keys, countedAt, since)
      : undefined,
    unfulfillable: await unfulfillableReservations(
      ports.reader,
      cells,
      quantities.onHand + counted - expected,
      now,
    ),
  });
}

/** Returns the time of the first movement after the count, if the location has no older one. */
async function firstMovementAfter(
  reader: AuditReader,
  keys: readonly CellKey[],
  at: Instant,
  { firstAt }: MovementsSince,
): Promise<Instant | undefined> {
  if (!Number.isFinite(firstAt)) return undefined;
  const older = await Promise.all(keys.map((key) => hasMovement(reader, key, at)));
  return older.includes(true) ? undefined : firstAt;
}

async function hasMovement(reader: AuditReader, key: CellKey, until: Instant): Promise<boolean> {
  for await (const _entry of reader.movements(key, { until })) return true;
  return false;
}

/** Returns the reservations that `onHandUnits` units cannot fulfil, newest first. */
async function unfulfillableReservations(
  reader: AuditReader,
  cells: readonly Cell[],
  onHandUnits: number,
  now: Instant,
): Promise<readonly UnfulfillablePosition[]> {
  const committed = cells.reduce((units, cell) => units + cell.committed, 0);
  if (onHandUnits >= committed) return [];
  const replayed = await Promise.all(
    cells.map((cell) => replayCell(reader, cell, { full: false, now })),
  );
  const positions = new Map<string, Position>();
  for (const position of replayed.flatMap(({ replay }) => [...replay.positions.values()])) {
    // An order may have units in several cells.
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
  const unfulfillable: Position[] = [];
  let fulfillableUnits = committed;
  for (const position of newestFirst) {
    if (fulfillableUnits <= onHandUnits) break;
    fulfillableUnits -= position.committed;
    unfulfillable.push(position);
  }
  return withOwners(reader, unfulfillable);
}

/** Adds the owner of each reservation of a service. The positions of a cell do not have it. */
async function withOwners(
  reader: AuditReader,
  positions: readonly Position[],
): Promise<readonly UnfulfillablePosition[]> {
  const ids = positions.map(({ reservationId }) => reservationId);
  const { reservations } = await reader.readRecords({ reservations: ids, operations: [] });
  const owners = new Map(reservations.map((one) => [one.reservationId, one.owner]));
  return positions.map((position) => ({
    ...position,
    ...defined({ owner: owners.get(position.reservationId) }),
  }));
}
