import { applyToCell, guardHolds } from '../../lambdas/inventory/domain/ledger/apply-change.ts';
import { type Cell, cellIdOf, emptyCell } from '../../lambdas/inventory/domain/ledger/cell.ts';
import type { Change, Operation } from '../../lambdas/inventory/domain/ledger/change.ts';
import type { BookState } from '../../lambdas/inventory/domain/ledger/decision.ts';
import { mergedCells } from '../../lambdas/inventory/domain/ledger/merge-changes.ts';
import type { Movement } from '../../lambdas/inventory/domain/ledger/movement.ts';
import type { Reservation } from '../../lambdas/inventory/domain/ledger/reservation.ts';
import { openCellsOf, type Sku } from '../../lambdas/inventory/domain/ledger/sku.ts';
import type { Applied, Reads, StockStore } from '../../lambdas/inventory/use-cases/ports.ts';

/** Awaited where the table is asked a second time: what else waits runs before. */
const ANOTHER_TURN = Promise.resolve();

export type CellMovement = Movement & { readonly cellId: string };

/**
 * Keeps the book in memory, for tests. It passes the same contract suite as the table's adapter and is as unkind: `load` reads
 * records first and the cells that they name afterwards, and other work may come in between.
 */
export class MemoryStockStore implements StockStore {
  readonly cells = new Map<string, Cell>();
  readonly reservations = new Map<string, Reservation>();
  readonly operations = new Map<string, Operation>();
  readonly skus = new Map<string, Sku>();
  readonly movements: CellMovement[] = [];

  async load(reads: Reads): Promise<BookState> {
    const reservation =
      reads.reservationId === undefined ? undefined : this.reservations.get(reads.reservationId);
    const operation =
      reads.operationId === undefined ? undefined : this.operations.get(reads.operationId);
    const sku = reads.sku === undefined ? undefined : this.skus.get(reads.sku);
    const recordsOf = (skus: readonly string[]): [string, Sku][] =>
      skus.flatMap((one): [string, Sku][] => {
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
        openCellsOf,
      ),
    ];
    if (more.length > 0) await ANOTHER_TURN;
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
      if (index > 0) await ANOTHER_TURN;
      const cell = this.cells.get(id);
      if (cell !== undefined) found.push([id, cell]);
    }
    return found;
  }

  apply(change: Change): Promise<Applied> {
    return this.applyTogether([change]);
  }

  async applyTogether(changes: readonly Change[]): Promise<Applied> {
    for (const change of changes) {
      const refusal = this.#refusalOf(change);
      if (refusal !== undefined) return changes.length > 1 ? { outcome: 'refused' } : refusal;
    }
    const cells = mergedCells(changes);
    for (const { whole } of cells) {
      const cell = this.cells.get(cellIdOf(whole.cell));
      if (
        (cell === undefined) !== whole.creates ||
        !guardHolds(cell ?? emptyCell(whole.cell), whole.guard)
      )
        return { outcome: 'refused' };
    }

    for (const { whole, parts } of cells) {
      const id = cellIdOf(whole.cell);
      this.cells.set(id, applyToCell(this.cells.get(id), whole));
      const movements = parts.flatMap(({ cell }) => cell.movements);
      this.movements.push(...movements.map((movement) => ({ ...movement, cellId: id })));
    }
    for (const { marker, marks = [], sku } of changes) {
      if (marker?.kind === 'operation')
        this.operations.set(marker.operation.operationId, marker.operation);
      for (const mark of marks) this.operations.set(mark.operationId, mark);
      if (marker?.kind === 'reservation')
        this.reservations.set(marker.after.reservationId, marker.after);
      if (sku !== undefined) this.skus.set(sku.after.sku, sku.after);
    }
    return { outcome: 'applied' };
  }

  /** A marker that is in the way, or a record that has moved on. */
  #refusalOf({ marker, marks, sku }: Change): Applied | undefined {
    if (marker?.kind === 'operation') {
      const operation = this.operations.get(marker.operation.operationId);
      if (operation !== undefined) return { outcome: 'refused', operation };
    }
    if (marks?.some(({ operationId }) => this.operations.has(operationId)))
      return { outcome: 'refused' };
    if (marker?.kind === 'reservation') {
      const reservation = this.reservations.get(marker.after.reservationId);
      if (reservation?.version !== marker.expectedVersion) {
        return { outcome: 'refused', ...(reservation && { reservation }) };
      }
    }
    if (sku !== undefined && this.skus.get(sku.after.sku)?.version !== sku.expectedVersion)
      return { outcome: 'refused' };
    return undefined;
  }

  async pause(): Promise<void> {}
}
