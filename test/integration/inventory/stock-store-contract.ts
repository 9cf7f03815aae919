import { describe } from 'vitest';
import { concurrencyContract } from './concurrency-contract.ts';
import type { NewStore } from './contract-store.ts';
import { reservationContract } from './reservation-contract.ts';
import { stockEntryContract } from './stock-entry-contract.ts';

/** Tests that every implementation of StockStore passes: the table, and the map in memory. */
export function stockStoreContract(name: string, newStore: NewStore): void {
  describe(`${name} stores the book:`, () => {
    stockEntryContract(newStore);
    reservationContract(newStore);
    concurrencyContract(newStore);
  });
}
