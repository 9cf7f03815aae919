import { RetryLater } from '../../shared/faults.ts';
import type { Instant } from '../../shared/instant.ts';
import { accepted, type Result, refused } from '../../shared/result.ts';
import { type Cell, type CellKey, type Counts, cellAt, cellIdOf, countsAt } from '../domain/cell.ts';
import type { Movement } from '../domain/movement.ts';
import type { CountTolerance } from '../domain/sku.ts';
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
 * was written later but took effect before, as another count's does, is no part of that. Throws RetryLater while the cell
 * changes at every look.
 */
export async function countBasis(
  { store, reader }: { readonly store: StockStore; readonly reader: AuditReader },
  { sku, locationId, at, counted }: Asked,
  now: Instant,
): Promise<Result<CountBasis, { readonly kind: 'notFound' }>> {
  const key = cellAt(sku, locationId);
  for (let looked = 0; looked < LOOKS_MAX; looked += 1) {
    if (looked > 0) await reader.pause(looked);
    const state = await store.load({ sku: key.sku });
    const cell = state.cells.get(cellIdOf(key));
    if (state.sku === undefined || cell === undefined) return refused({ kind: 'notFound' });
    const since = await onHandSince(reader, key, Date.parse(at));
    const { cell: after } = await reader.head(key);
    if (after?.version !== cell.version) continue;
    const counts = countsAt(cell, now);
    return accepted({
      expected: counts.onHand - since,
      counts,
      tolerance: state.sku.countTolerance,
      lastCountId: cell.lastCount?.countId,
      short: await shortOrders(reader, cell, counted, now),
    });
  }
  throw new RetryLater(`cell ${cellIdOf(key)} changed at each of ${LOOKS_MAX} looks`);
}

async function onHandSince(reader: AuditReader, key: CellKey, at: Instant): Promise<number> {
  let units = 0;
  for await (const { movements } of reader.movements(key, { since: at, until: Number.POSITIVE_INFINITY })) {
    for (const movement of movements) {
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
  cell: Cell,
  counted: number,
  now: Instant,
): Promise<readonly Position[]> {
  if (counted >= cell.committed) return [];
  const { tally } = await replayCell(reader, cell, { full: false, now });
  const newestFirst = [...tally.positions.values()]
    .filter(({ committed }) => committed > 0)
    .sort((a, b) => b.since - a.since);
  const short: Position[] = [];
  let kept = cell.committed;
  for (const position of newestFirst) {
    if (kept <= counted) break;
    kept -= position.committed;
    short.push(position);
  }
  return short;
}
