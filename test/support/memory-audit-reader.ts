import type { MovementBatch } from '../../lambdas/inventory/domain/audit/balance-replay.ts';
import { type CellKey, cellIdOf } from '../../lambdas/inventory/domain/ledger/cell.ts';
import type {
  AuditReader,
  CellReading,
  KeyRange,
  RecordIds,
  SourceRecords,
} from '../../lambdas/inventory/use-cases/audit/audit-ports.ts';
import { toIso } from '../../lambdas/shared/core/instant.ts';
import { batchesOf } from './audit.ts';
import type { MemoryStockStore } from './memory-stock-store.ts';

/** Reads the movements and balances of the book in memory, for use cases that read one cell. */
export class MemoryAuditReader
  implements Pick<AuditReader, 'readCell' | 'readRecords' | 'movements' | 'backoff'>
{
  readonly #store: MemoryStockStore;
  /** Number of reads of movements. */
  reads = 0;
  /** Number of batches read. */
  batchCount = 0;
  pauses = 0;

  constructor(store: MemoryStockStore) {
    this.#store = store;
  }

  async readCell(key: CellKey): Promise<CellReading> {
    const cell = this.#store.cells.get(cellIdOf(key));
    return { ...(cell === undefined ? {} : { cell }), unreadable: {} };
  }

  async readRecords({ reservations: ids }: RecordIds): Promise<SourceRecords> {
    const reservations = ids.flatMap((id) => this.#store.reservations.get(id) ?? []);
    return { reservations, operations: [], unreadable: [] };
  }

  async *movements(key: CellKey, { after, since, until }: KeyRange): AsyncGenerator<MovementBatch> {
    this.reads += 1;
    const cell = this.#store.cells.get(cellIdOf(key));
    const from = after ?? (since === undefined ? '' : `MOVE#${toIso(since)}`);
    for (const entry of cell === undefined ? [] : batchesOf(this.#store, cell)) {
      if (entry.key < from || entry.key === after || entry.at > until) continue;
      this.batchCount += 1;
      yield entry;
    }
  }

  async backoff(): Promise<void> {
    this.pauses += 1;
  }
}

/** Returns the reader with the type that use cases need, without the methods that no test calls. */
export const asAuditReader = (reader: MemoryAuditReader): AuditReader =>
  reader as unknown as AuditReader;
