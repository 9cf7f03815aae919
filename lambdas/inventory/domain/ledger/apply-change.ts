import { type Cell, emptyCell, unitsInBucket } from './cell.ts';
import type { CellChange, Guard } from './change.ts';

/**
 * Returns true where the cell meets every condition of the guard. The table checks the same rule as
 * a condition expression.
 */
export function isGuardSatisfied(cell: Cell, guard: Guard): boolean {
  return (
    (!guard.availableMin || cell.available >= guard.availableMin) &&
    (!guard.committedMin || cell.committed >= guard.committedMin) &&
    Object.entries(guard.heldMin ?? {}).every(
      ([bucket, quantity]) => unitsInBucket(cell, Number(bucket)) >= quantity,
    ) &&
    (guard.expiredThroughBelow === undefined || cell.expiredThrough < guard.expiredThroughBelow) &&
    (guard.expiredThroughMin === undefined || cell.expiredThrough >= guard.expiredThroughMin) &&
    (guard.version === undefined || cell.version === guard.version) &&
    (guard.lastCountId === undefined || (cell.lastCount?.countId ?? null) === guard.lastCountId) &&
    (guard.lastAdjustmentId === undefined ||
      (cell.lastAdjustment?.movementId ?? null) === guard.lastAdjustmentId) &&
    (guard.floor === undefined || (cell.floor ?? null) === guard.floor)
  );
}

/** Returns the cell after the change. The guard must be satisfied. */
export function applyCellChange(before: Cell | undefined, change: CellChange): Cell {
  const { floor: floorBefore, ...cell } = before ?? emptyCell(change.cell);
  const floor = change.floor ?? floorBefore ?? 0;
  const held: Record<string, number> = { ...cell.held };
  for (const [bucket, units] of Object.entries(change.held))
    held[bucket] = (held[bucket] ?? 0) + units;
  for (const bucket of change.expiredBuckets) delete held[String(bucket)];
  return {
    ...cell,
    available: cell.available + change.available,
    committed: cell.committed + change.committed,
    held,
    expiredThrough: Math.max(cell.expiredThrough, ...change.expiredBuckets),
    version: cell.version + 1,
    ...(floor === 0 ? {} : { floor }),
    ...(change.count === undefined ? {} : { lastCount: change.count }),
    ...(change.adjustment === undefined ? {} : { lastAdjustment: change.adjustment }),
    ...(change.conflicts === undefined
      ? {}
      : { conflicts: (cell.conflicts ?? 0) + change.conflicts }),
  };
}
