import type { BookState } from '../../../lambdas/inventory/domain/ledger/decision.ts';
import type { StockStore } from '../../../lambdas/inventory/use-cases/ports.ts';
import { receiveStock } from '../../../lambdas/inventory/use-cases/stock/update-stock.ts';
import { context } from '../../support/inventory.ts';

export type NewStore = () => Promise<StockStore>;

/** Returns a store with a receipt for each SKU. */
export async function storeWith(
  newStore: NewStore,
  ...quantities: readonly (readonly [string, number])[]
): Promise<StockStore> {
  const store = await newStore();
  for (const [sku, quantity] of quantities) {
    await receiveStock(store, { ...entry(`receipt-${sku}`), sku, quantity, createSku: true });
  }
  return store;
}

export const entry = (operationId: string) => ({
  ...context(),
  operationId,
  fingerprint: operationId,
});
export const cells = (...skus: readonly string[]) =>
  skus.map((sku) => ({ sku, locationId: 'main', shard: 0 }));

export const available = async (store: StockStore, sku: string): Promise<number | undefined> =>
  (await store.read({ cells: cells(sku) })).cells.get(`${sku}#main#0`)?.available;

export const balances = (state: Pick<BookState, 'cells'>) =>
  Object.fromEntries(
    [...state.cells].map(([id, { available, held, committed, expiredThrough }]) => [
      id,
      {
        available,
        held: Object.fromEntries(Object.entries(held).filter(([, units]) => units > 0)),
        committed,
        expiredThrough,
      },
    ]),
  );
