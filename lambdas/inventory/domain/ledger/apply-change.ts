import { type Cell, emptyCell, heldIn } from './cell.ts';
import type { CellChange, Guard } from './change.ts';

/** True while everything that the change relies on still holds. The same rule that the table checks as a condition. */
export function guardHolds(cell: Cell, guard: Guard): boolean {
  return (
    (!guard.available || cell.available >= guard.available) &&
    (!guard.committed || cell.committed >= guard.committed) &&
    Object.entries(guard.held ?? {}).every(
      ([slot, quantity]) => heldIn(cell, Number(slot)) >= quantity,
    ) &&
    (guard.notFolded === undefined || cell.foldedThrough < guard.notFolded) &&
    (guard.folded === undefined || cell.foldedThrough >= guard.folded) &&
    (guard.version === undefined || cell.version === guard.version) &&
    (guard.lastCountId === undefined || (cell.lastCount?.countId ?? null) === guard.lastCountId) &&
    (guard.lastAdjustmentId === undefined ||
      (cell.lastAdjustment?.movementId ?? null) === guard.lastAdjustmentId)
  );
}

/** The cell after the change. The guard must hold. */
export function applyToCell(before: Cell | undefined, change: CellChange): Cell {
  const cell = before ?? emptyCell(change.cell);
  const held: Record<string, number> = { ...cell.held };
  for (const [slot, units] of Object.entries(change.held)) held[slot] = (held[slot] ?? 0) + units;
  for (const slot of change.folds) delete held[String(slot)];
  return {
    ...cell,
    available: cell.available + change.available,
    committed: cell.committed + change.committed,
    held,
    foldedThrough: Math.max(cell.foldedThrough, ...change.folds),
    version: cell.version + 1,
    ...(change.count === undefined ? {} : { lastCount: change.count }),
    ...(change.adjustment === undefined ? {} : { lastAdjustment: change.adjustment }),
    ...(change.conflicts === undefined
      ? {}
      : { conflicts: (cell.conflicts ?? 0) + change.conflicts }),
  };
}
