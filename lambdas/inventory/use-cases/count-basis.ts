import { RetryLater } from '../../shared/faults.ts';
import type { Instant } from '../../shared/instant.ts';
import { accepted, type Result, refused } from '../../shared/result.ts';
import { UnreadableRecord } from '../../shared/unreadable.ts';
import {
  type Cell,
  type CellKey,
  type Counts,
  cellAt,
  cellIdOf,
  countsAt,
  isAt,
  sumOfCounts,
} from '../domain/cell.ts';
import { cellsAt } from '../domain/decision.ts';
import type { Movement } from '../domain/movement.ts';
import { type CountTolerance, cellsOf } from '../domain/sku.ts';
import type { Position } from '../domain/tally.ts';
import type { AuditReader } from './audit-ports.ts';
import type { StockStore } from './ports.ts';
import { replayCell } from './replay-cell.ts';

export type CountBasis = {
  /** What was on hand when it was counted. */
  readonly expected: number;
  /** As of now. */
  readonly counts: Counts;
  readonly tolerance: CountTolerance | undefined;
  readonly lastCountId: string | undefined;
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

const LOOKS_MAX = 6;

/**
 * What the book has to say to a count: what is on hand now, less what came in and went out after it was counted. A movement that
 * was written later but took effect before, as another count's does, is no part of that. Throws RetryLater while the location's
 * cells change at every look.
 */
export async function countBasis(
  { store, reader }: { readonly store: StockStore; readonly reader: AuditReader },
  { sku, locationId, at, counted }: Asked,
  now: Instant,
): Promise<Result<CountBasis, { readonly kind: 'notFound' }>> {
  const home = cellAt(sku, locationId);
  for (let looked = 0; looked < LOOKS_MAX; looked += 1) {
    if (looked > 0) await reader.pause(looked);
    const state = await store.load({ sku });
    const cell = state.cells.get(cellIdOf(home));
    if (state.sku === undefined || cell === undefined) return refused({ kind: 'notFound' });
    const ever = cellsOf(state.sku).filter((key) => isAt(key, home));
    const since = await Promise.all(ever.map((key) => onHandSince(reader, key, Date.parse(at))));
    const after = await store.load({ sku });
    const cells = cellsAt(state, home);
    if (!isUnchanged(cells, cellsAt(after, home))) continue;
    const counts = sumOfCounts(cells.map((one) => countsAt(one, now)));
    return accepted({
      expected: counts.onHand - since.reduce((sum, units) => sum + units, 0),
      counts,
      tolerance: state.sku.countTolerance,
      lastCountId: cell.lastCount?.countId,
      short: await shortOrders(reader, cells, counted, now),
    });
  }
  throw new RetryLater(`location ${locationId} of ${sku} changed at each of ${LOOKS_MAX} looks`);
}

/** The same cells at the same versions in two looks: so they were all between the two, at one moment. */
const isUnchanged = (before: readonly Cell[], after: readonly Cell[]): boolean => {
  const versions = new Map(after.map((cell) => [cellIdOf(cell), cell.version]));
  return (
    before.length === after.length && before.every((cell) => versions.get(cellIdOf(cell)) === cell.version)
  );
};

async function onHandSince(reader: AuditReader, key: CellKey, at: Instant): Promise<number> {
  let units = 0;
  for await (const entry of reader.movements(key, { since: at, until: Number.POSITIVE_INFINITY })) {
    if ('unreadable' in entry) throw new UnreadableRecord(entry.unreadable);
    for (const movement of entry.movements) {
      if ((movement.effectiveAt ?? movement.at) > at) units += onHandBy(movement);
    }
  }
  return units;
}

/** What a movement brings to the shelf, or takes from it. Where a balance was rebuilt, nothing came or went. */
function onHandBy({ kind, quantity, from, to }: Movement): number {
  if (kind === 'REBUILT') return 0;
  return (to.account === 'outside' ? 0 : quantity) - (from.account === 'outside' ? 0 : quantity);
}

async function shortOrders(
  reader: AuditReader,
  cells: readonly Cell[],
  counted: number,
  now: Instant,
): Promise<readonly Position[]> {
  const committed = cells.reduce((units, cell) => units + cell.committed, 0);
  if (counted >= committed) return [];
  const replayed = await Promise.all(cells.map((cell) => replayCell(reader, cell, { full: false, now })));
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
    if (kept <= counted) break;
    kept -= position.committed;
    short.push(position);
  }
  return short;
}
