import { applyToCell, guardHolds } from '../domain/apply-change.ts';
import { type Cell, cellIdOf, emptyCell } from '../domain/cell.ts';
import type { Change, Operation } from '../domain/change.ts';
import type { BookState } from '../domain/decision.ts';
import type { Movement } from '../domain/movement.ts';
import type { Reservation } from '../domain/reservation.ts';
import { openCellsOf, type Sku } from '../domain/sku.ts';
import type { Applied, Reads, StockStore } from '../use-cases/ports.ts';

export type CellMovement = Movement & { readonly cellId: string };

/** The book in memory, for tests and simulation. It passes the same contract suite as the table's adapter. */
export class MemoryStockStore implements StockStore {
  readonly cells = new Map<string, Cell>();
  readonly reservations = new Map<string, Reservation>();
  readonly operations = new Map<string, Operation>();
  readonly skus = new Map<string, Sku>();
  readonly movements: CellMovement[] = [];

  async load(reads: Reads): Promise<BookState> {
    const reservation =
      reads.reservationId === undefined ? undefined : this.reservations.get(reads.reservationId);
    const operation = reads.operationId === undefined ? undefined : this.operations.get(reads.operationId);
    const sku = reads.sku === undefined ? undefined : this.skus.get(reads.sku);
    const recordsOf = (skus: readonly string[]): [string, Sku][] =>
      skus.flatMap((one): [string, Sku][] => {
        const record = this.skus.get(one);
        return record === undefined ? [] : [[one, record]];
      });
    const whole = recordsOf(reads.skus ?? []).map(([, record]) => record);
    const ids = [
      ...(reads.cells ?? []).map(cellIdOf),
      ...(reads.cellsOfReservation ? (reservation?.lines ?? []).map(cellIdOf) : []),
      ...[...(sku === undefined ? [] : [sku]), ...whole].flatMap(openCellsOf).map(cellIdOf),
    ];
    const cells = ids.flatMap((id): [string, Cell][] => {
      const cell = this.cells.get(id);
      return cell === undefined ? [] : [[id, cell]];
    });
    return {
      cells: new Map(cells),
      ...(reservation && { reservation }),
      ...(operation && { operation }),
      ...(sku && { sku }),
      ...(reads.records === undefined && reads.skus === undefined
        ? {}
        : { skus: new Map(recordsOf([...(reads.records ?? []), ...(reads.skus ?? [])])) }),
    };
  }

  async apply(change: Change): Promise<Applied> {
    const { marker, sku } = change;
    if (marker?.kind === 'operation') {
      const operation = this.operations.get(marker.operation.operationId);
      if (operation !== undefined) return { outcome: 'refused', operation };
    }
    if (change.marks?.some(({ operationId }) => this.operations.has(operationId)))
      return { outcome: 'refused' };
    if (marker?.kind === 'reservation') {
      const reservation = this.reservations.get(marker.after.reservationId);
      if (reservation?.version !== marker.expectedVersion) {
        return { outcome: 'refused', ...(reservation && { reservation }) };
      }
    }
    if (sku !== undefined && this.skus.get(sku.after.sku)?.version !== sku.expectedVersion)
      return { outcome: 'refused' };
    for (const { cell: key, creates, guard } of change.cells) {
      const cell = this.cells.get(cellIdOf(key));
      if ((cell === undefined) !== creates || !guardHolds(cell ?? emptyCell(key), guard))
        return { outcome: 'refused' };
    }

    for (const cell of change.cells) {
      const id = cellIdOf(cell.cell);
      this.cells.set(id, applyToCell(this.cells.get(id), cell));
      this.movements.push(...cell.movements.map((movement) => ({ ...movement, cellId: id })));
    }
    if (marker?.kind === 'operation') this.operations.set(marker.operation.operationId, marker.operation);
    for (const mark of change.marks ?? []) this.operations.set(mark.operationId, mark);
    if (marker?.kind === 'reservation') this.reservations.set(marker.after.reservationId, marker.after);
    if (sku !== undefined) this.skus.set(sku.after.sku, sku.after);
    return { outcome: 'applied' };
  }

  async pause(): Promise<void> {}
}
