import { applyToCell, guardHolds } from '../domain/apply-change.ts';
import { type Cell, cellIdOf, emptyCell } from '../domain/cell.ts';
import type { Change, Operation } from '../domain/change.ts';
import type { BookState } from '../domain/decision.ts';
import type { Movement } from '../domain/movement.ts';
import type { Reservation } from '../domain/reservation.ts';
import type { Sku } from '../domain/sku.ts';
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
    const ids = [
      ...(reads.cells ?? []).map(cellIdOf),
      ...(reads.cellsOfReservation ? (reservation?.lines ?? []).map(cellIdOf) : []),
      ...(sku === undefined
        ? []
        : [...this.cells.values()].filter((cell) => cell.sku === sku.sku).map(cellIdOf)),
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
    };
  }

  async apply(change: Change): Promise<Applied> {
    const { marker, sku } = change;
    if (marker?.kind === 'operation') {
      const operation = this.operations.get(marker.operation.operationId);
      if (operation !== undefined) return { outcome: 'refused', operation };
    }
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
    if (marker?.kind === 'reservation') this.reservations.set(marker.after.reservationId, marker.after);
    if (sku !== undefined) this.skus.set(sku.after.sku, sku.after);
    return { outcome: 'applied' };
  }

  async pause(): Promise<void> {}
}
