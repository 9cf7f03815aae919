import { RetryLaterError } from '../../../shared/core/errors.ts';
import type { StockItem } from '../../domain/ledger/stock-item.ts';
import { loadStockItems } from '../load-state.ts';
import type { StockStore } from '../ports.ts';

/** Maximum reads of one SKU in a request: far more than one transfer between cells needs. */
export const READS_MAX = 8;

/**
 * Reads the cells of SKUs while no units move between them. Returns the value that `read` returned
 * for each SKU that exists.
 *
 * DynamoDB reads several items at different moments, so a unit that moves between two cells
 * meanwhile is read in both or in neither. A transfer, a new location and a new shard each write a
 * version of the SKU's record in the same transaction. So the record is read before the cells and
 * again after them, and a read between two different versions is repeated. While units only move
 * between cells, the sum of such a read is exact. While units are also received or removed, it may
 * combine cells of different moments.
 *
 * `TransactGetItems` would read one moment. It costs twice the read units, takes at most 100 items,
 * and fails while any of the cells is being written, which for a hot SKU is nearly always.
 *
 * @param read reads the cells of the records and returns one value for each record, in their order
 * @throws RetryLaterError if the record of a SKU changed during each of `READS_MAX` reads
 */
export async function readAtOneVersion<Value>(
  store: Pick<StockStore, 'read' | 'backoff'>,
  skus: readonly string[],
  read: (records: readonly StockItem[]) => Promise<readonly Value[]>,
): Promise<ReadonlyMap<string, Value>> {
  const values = new Map<string, Value>();
  let remaining = skus;
  for (let attempt = 0; remaining.length > 0; attempt += 1) {
    if (attempt === READS_MAX)
      throw new RetryLaterError(
        `the cells of ${remaining.join(', ')} changed during each of ${READS_MAX} reads`,
      );
    if (attempt > 0) await store.backoff(attempt);
    const before = await loadStockItems(store, remaining);
    const found = await read([...before.values()]);
    const after = await loadStockItems(store, [...before.keys()]);
    const changedSkus: string[] = [];
    for (const [index, [sku, { version }]] of [...before].entries()) {
      const value = found[index];
      if (after.get(sku)?.version !== version || value === undefined) changedSkus.push(sku);
      else values.set(sku, value);
    }
    remaining = changedSkus;
  }
  return values;
}
