import {
  applyCellChange,
  isGuardSatisfied,
} from '../../lambdas/inventory/domain/ledger/apply-change.ts';
import { type Cell, cellIdOf, emptyCell } from '../../lambdas/inventory/domain/ledger/cell.ts';
import type { Change, OperationRecord } from '../../lambdas/inventory/domain/ledger/change.ts';
import type { BookState } from '../../lambdas/inventory/domain/ledger/decision.ts';
import { mergeCellChanges } from '../../lambdas/inventory/domain/ledger/merge-changes.ts';
import type { Movement } from '../../lambdas/inventory/domain/ledger/movement.ts';
import type { Reservation } from '../../lambdas/inventory/domain/ledger/reservation.ts';
import {
  openCellKeysOf,
  type StockItem,
} from '../../lambdas/inventory/domain/ledger/stock-item.ts';
import type { ApplyResult, Reads, StockStore } from '../../lambdas/inventory/use-cases/ports.ts';

/** Awaited where the table is asked a second time: what else waits runs before. */
const NEXT_TURN = Promise.resolve();

export type CellMovement = Movement & { readonly cellId: string };

/**
 * Keeps the book in memory, for tests. It passes the same contract suite as the table's adapter and is as unkind: `load` reads
 * records first and the cells that they name afterwards, and other work may come in between.
 */
export class MemoryStockStore implements StockStore {
  readonly cells = new Map<string, Cell>();
  readonly reservations = new Map<string, Reservation>();
  readonly operations = new Map<string, OperationRecord>();
  readonly skus = new Map<string, StockItem>();
  readonly movements: CellMovement[] = [];

  async load(reads: Reads): Promise<BookState> {
    const reservation =
      reads.reservationId === undefined ? undefined : this.reservations.get(reads.reservationId);
    const operation =
      reads.operationId === undefined ? undefined : this.operations.get(reads.operationId);
    const sku = reads.sku === undefined ? undefined : this.skus.get(reads.sku);
    const recordsOf = (skus: readonly string[]): [string, StockItem][] =>
      skus.flatMap((one): [string, StockItem][] => {
        const record = this.skus.get(one);
        return record === undefined ? [] : [[one, record]];
      });
    const whole = recordsOf(reads.skus ?? []);
    const skus = [...recordsOf(reads.records ?? []), ...whole];
    const several = (reads.reservations ?? []).flatMap((id) => this.reservations.get(id) ?? []);
    const named = (reads.cells ?? []).map(cellIdOf);
    const cells = await this.#cellsOf(named);
    const more = [
      ...(reads.cellsOfReservation ? (reservation?.lines ?? []) : []),
      ...several.flatMap(({ lines }) => lines),
      ...[...(sku === undefined ? [] : [sku]), ...whole.map(([, record]) => record)].flatMap(
        openCellKeysOf,
      ),
    ];
    if (more.length > 0) await NEXT_TURN;
    return {
      cells: new Map([...cells, ...(await this.#cellsOf(more.map(cellIdOf)))]),
      ...(reservation && { reservation }),
      ...(reads.reservations === undefined
        ? {}
        : { reservations: new Map(several.map((one) => [one.reservationId, one])) }),
      ...(operation && { operation }),
      ...(sku && { sku }),
      ...(reads.records === undefined && reads.skus === undefined ? {} : { skus: new Map(skus) }),
    };
  }

  /** Reads cell after cell: one BatchGetItem does not isolate either. */
  async #cellsOf(ids: readonly string[]): Promise<[string, Cell][]> {
    const found: [string, Cell][] = [];
    for (const [index, id] of ids.entries()) {
      if (index > 0) await NEXT_TURN;
      const cell = this.cells.get(id);
      if (cell !== undefined) found.push([id, cell]);
    }
    return found;
  }

  apply(change: Change): Promise<ApplyResult> {
    return this.applyGroup([change]);
  }

  async applyGroup(changes: readonly Change[]): Promise<ApplyResult> {
    for (const change of changes) {
      const error = this.#refusalOf(change);
      if (error !== undefined) return changes.length > 1 ? { outcome: 'refused' } : error;
    }
    const cells = mergeCellChanges(changes);
    for (const { merged } of cells) {
      const cell = this.cells.get(cellIdOf(merged.cell));
      if (
        (cell === undefined) !== merged.isNew ||
        !isGuardSatisfied(cell ?? emptyCell(merged.cell), merged.guard)
      )
        return { outcome: 'refused' };
    }

    for (const { merged, parts } of cells) {
      const id = cellIdOf(merged.cell);
      this.cells.set(id, applyCellChange(this.cells.get(id), merged));
      const movements = parts.flatMap(({ cellChange }) => cellChange.movements);
      this.movements.push(...movements.map((movement) => ({ ...movement, cellId: id })));
    }
    for (const { idempotencyRecord, entryRecords = [], stockItem } of changes) {
      if (idempotencyRecord?.kind === 'operation')
        this.operations.set(idempotencyRecord.operation.operationId, idempotencyRecord.operation);
      for (const mark of entryRecords) this.operations.set(mark.operationId, mark);
      if (idempotencyRecord?.kind === 'reservation')
        this.reservations.set(idempotencyRecord.after.reservationId, idempotencyRecord.after);
      if (stockItem !== undefined) this.skus.set(stockItem.after.sku, stockItem.after);
    }
    return { outcome: 'applied' };
  }

  /** A marker that is in the way, or a record that has moved on. */
  #refusalOf({ idempotencyRecord, entryRecords, stockItem }: Change): ApplyResult | undefined {
    if (idempotencyRecord?.kind === 'operation') {
      const operation = this.operations.get(idempotencyRecord.operation.operationId);
      if (operation !== undefined) return { outcome: 'refused', operation };
    }
    if (entryRecords?.some(({ operationId }) => this.operations.has(operationId)))
      return { outcome: 'refused' };
    if (idempotencyRecord?.kind === 'reservation') {
      const reservation = this.reservations.get(idempotencyRecord.after.reservationId);
      if (reservation?.version !== idempotencyRecord.expectedVersion) {
        return { outcome: 'refused', ...(reservation && { reservation }) };
      }
    }
    if (
      stockItem !== undefined &&
      this.skus.get(stockItem.after.sku)?.version !== stockItem.expectedVersion
    )
      return { outcome: 'refused' };
    return undefined;
  }

  async backoff(): Promise<void> {}
}
