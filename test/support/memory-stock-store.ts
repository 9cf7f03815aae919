import {
  applyCellChange,
  isGuardSatisfied,
} from '../../lambdas/inventory/domain/ledger/apply-change.ts';
import { type Cell, cellIdOf, emptyCell } from '../../lambdas/inventory/domain/ledger/cell.ts';
import {
  type Change,
  type OperationRecord,
  withConflicts,
} from '../../lambdas/inventory/domain/ledger/change.ts';
import { mergeCellChanges } from '../../lambdas/inventory/domain/ledger/merge-changes.ts';
import type { Movement } from '../../lambdas/inventory/domain/ledger/movement.ts';
import type { Reservation } from '../../lambdas/inventory/domain/ledger/reservation.ts';
import type { StockItem } from '../../lambdas/inventory/domain/ledger/stock-item.ts';
import type { Location } from '../../lambdas/inventory/domain/locations/location.ts';
import type {
  ApplyResult,
  BookRecords,
  RecordKeys,
  StockStore,
} from '../../lambdas/inventory/use-cases/ports.ts';

/** Awaited between two cells, so that other pending work runs first. */
const NEXT_TURN = Promise.resolve();

export type CellMovement = Movement & { readonly cellId: string };

/**
 * Keeps the book in memory, for tests. It passes the same contract suite as the DynamoDB adapter
 * and gives as little isolation: `read` reads cell after cell, and other work may run in between.
 */
export class MemoryStockStore implements StockStore {
  readonly cells = new Map<string, Cell>();
  readonly reservations = new Map<string, Reservation>();
  readonly operations = new Map<string, OperationRecord>();
  readonly skus = new Map<string, StockItem>();
  readonly locations = new Map<string, Location>();
  readonly movements: CellMovement[] = [];

  async read({
    cells = [],
    reservations = [],
    operations = [],
    stockItems = [],
    locations = [],
  }: RecordKeys): Promise<BookRecords> {
    const records = {
      reservations: selectByIds(this.reservations, reservations),
      operations: selectByIds(this.operations, operations),
      stockItems: selectByIds(this.skus, stockItems),
      locations: selectByIds(this.locations, locations),
    };
    return { ...records, cells: new Map(await this.#cellsOf(cells.map(cellIdOf))) };
  }

  /** Reads cell after cell, because one BatchGetItem does not isolate its reads. */
  async #cellsOf(ids: readonly string[]): Promise<[string, Cell][]> {
    const found: [string, Cell][] = [];
    for (const [index, id] of ids.entries()) {
      if (index > 0) await NEXT_TURN;
      const cell = this.cells.get(id);
      if (cell !== undefined) found.push([id, cell]);
    }
    return found;
  }

  apply(change: Change, contendedSkus: readonly string[] = []): Promise<ApplyResult> {
    return this.applyGroup([withConflicts(change, contendedSkus)]);
  }

  async applyGroup(changes: readonly Change[]): Promise<ApplyResult> {
    for (const change of changes) {
      const failure = this.#conditionFailureOf(change);
      if (failure !== undefined)
        return changes.length > 1 ? { outcome: 'conditionFailed' } : failure;
    }
    const cells = mergeCellChanges(changes);
    for (const { merged } of cells) {
      const cell = this.cells.get(cellIdOf(merged.cell));
      if (
        (cell === undefined) !== merged.isNew ||
        !isGuardSatisfied(cell ?? emptyCell(merged.cell), merged.guard)
      )
        return { outcome: 'conditionFailed' };
    }

    for (const { merged, parts } of cells) {
      const id = cellIdOf(merged.cell);
      this.cells.set(id, applyCellChange(this.cells.get(id), merged));
      const movements = parts.flatMap(({ cellChange }) => cellChange.movements);
      this.movements.push(...movements.map((movement) => ({ ...movement, cellId: id })));
    }
    for (const { idempotencyRecord, entryRecords = [], stockItem, newLocation } of changes) {
      if (idempotencyRecord?.kind === 'operation')
        this.operations.set(idempotencyRecord.operation.operationId, idempotencyRecord.operation);
      for (const record of entryRecords) this.operations.set(record.operationId, record);
      if (idempotencyRecord?.kind === 'reservation')
        this.reservations.set(idempotencyRecord.after.reservationId, idempotencyRecord.after);
      if (stockItem !== undefined) this.skus.set(stockItem.after.sku, stockItem.after);
      if (newLocation !== undefined) this.locations.set(newLocation.locationId, newLocation);
    }
    return { outcome: 'applied' };
  }

  /**
   * Returns the failure of a condition on an idempotency record, an operation record, the SKU or
   * the new location.
   */
  #conditionFailureOf({
    idempotencyRecord,
    entryRecords,
    stockItem,
    newLocation,
  }: Change): ApplyResult | undefined {
    if (idempotencyRecord?.kind === 'operation') {
      const operation = this.operations.get(idempotencyRecord.operation.operationId);
      if (operation !== undefined) return { outcome: 'conditionFailed', operation };
    }
    if (entryRecords?.some(({ operationId }) => this.operations.has(operationId)))
      return { outcome: 'conditionFailed' };
    if (idempotencyRecord?.kind === 'reservation') {
      const reservation = this.reservations.get(idempotencyRecord.after.reservationId);
      if (reservation?.version !== idempotencyRecord.expectedVersion) {
        return { outcome: 'conditionFailed', ...(reservation && { reservation }) };
      }
    }
    if (
      stockItem !== undefined &&
      this.skus.get(stockItem.after.sku)?.version !== stockItem.expectedVersion
    )
      return { outcome: 'conditionFailed' };
    if (newLocation !== undefined && this.locations.has(newLocation.locationId))
      return { outcome: 'conditionFailed' };
    return undefined;
  }

  async backoff(): Promise<void> {}
}

const selectByIds = <Value>(
  all: ReadonlyMap<string, Value>,
  ids: readonly string[],
): ReadonlyMap<string, Value> =>
  new Map(
    ids.flatMap((id): [string, Value][] => {
      const value = all.get(id);
      return value === undefined ? [] : [[id, value]];
    }),
  );
