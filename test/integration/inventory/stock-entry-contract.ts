import { expect, test } from 'vitest';
import {
  loadStock,
  loadStockForOperation,
} from '../../../lambdas/inventory/use-cases/load-state.ts';
import type { StockStore } from '../../../lambdas/inventory/use-cases/ports.ts';
import { reserveStock } from '../../../lambdas/inventory/use-cases/reservations/reserve-stock.ts';
import {
  adjustStock,
  patchStock,
  putStock,
  receiveStock,
} from '../../../lambdas/inventory/use-cases/stock/update-stock.ts';
import { aChange, aLocation, context, reserveCommand } from '../../support/inventory.ts';
import { available, balances, entry, type NewStore, storeWith } from './contract-store.ts';

/** Tests receipts, adjustments and settings of SKUs. */
export function stockEntryContract(newStore: NewStore): void {
  test('a receipt creates the SKU, its cell, the movement and the operation record', async () => {
    const store = await storeWith(newStore, ['tea', 10]);

    const state = await loadStockForOperation(store, 'tea', 'receipt-tea');

    expect(balances(state)).toEqual({
      'tea#main#0': { available: 10, held: {}, committed: 0, expiredThrough: 0 },
    });
    expect(state.stockItems.get('tea')).toMatchObject({
      sku: 'tea',
      locations: ['main'],
      version: 1,
    });
    expect(state.operation?.fingerprint).toBe('receipt-tea');
  });

  test('a repeated receipt counts once and returns the same movement', async () => {
    const store = await storeWith(newStore, ['tea', 10]);

    const again = await receiveStock(store, {
      ...entry('receipt-tea'),
      sku: 'tea',
      quantity: 10,
    });

    expect(again).toMatchObject({
      ok: true,
      value: {
        cell: { sku: 'tea', shard: 0 },
        movement: { movementId: 'receipt-tea.1', quantity: 10 },
      },
    });
    expect(await available(store, 'tea')).toBe(10);
  });

  test('a reused key with another quantity is rejected and changes nothing', async () => {
    const store = await storeWith(newStore, ['tea', 10]);

    const other = await receiveStock(store, {
      ...entry('receipt-tea'),
      fingerprint: 'other',
      sku: 'tea',
      quantity: 11,
    });

    expect(other).toEqual({ ok: false, error: { kind: 'keyReused' } });
    expect(await available(store, 'tea')).toBe(10);
  });

  test('a receipt at another location creates a cell and adds the location to the SKU', async () => {
    const store = await storeWith(newStore, ['tea', 10]);

    await receiveStock(store, {
      ...entry('receipt-2'),
      sku: 'tea',
      quantity: 4,
      locationId: 'annex',
      createLocation: true,
    });

    const state = await loadStock(store, 'tea');
    expect(state.stockItems.get('tea')?.locations).toEqual(['main', 'annex']);
    expect(state.cells.get('tea#annex#0')?.available).toBe(4);
    const { locations } = await store.read({ locations: ['main', 'annex', 'annexe'] });
    expect(Object.fromEntries(locations)).toMatchObject({
      annex: { locationId: 'annex', active: true, ships: true, version: 1 },
    });
    expect(locations.size).toBe(1);
  });

  test('a receipt at an unknown location is rejected, and changes nothing', async () => {
    const store = await storeWith(newStore, ['tea', 10]);
    const receipt = { ...entry('receipt-2'), sku: 'tea', quantity: 4, locationId: 'annex' };

    const rejected = await receiveStock(store, receipt);
    const created = await receiveStock(store, { ...receipt, createLocation: true });
    const later = await receiveStock(store, { ...receipt, ...entry('receipt-3') });

    expect(rejected).toEqual({
      ok: false,
      error: { kind: 'unknownLocation', locationIds: ['annex'] },
    });
    expect(created.ok && later.ok).toBe(true);
    const state = await loadStock(store, 'tea');
    expect(state.cells.get('tea#annex#0')?.available).toBe(8);
  });

  test('a receipt keeps the settings of a location that was created after it read none', async () => {
    const store = await storeWith(newStore, ['tea', 10]);
    const others = [aChange({ cells: [], newLocation: aLocation({ name: 'Other' }) })];
    const interferedStore: StockStore = {
      read: (keys) => store.read(keys),
      applyGroup: (changes) => store.applyGroup(changes),
      backoff: (attempt) => store.backoff(attempt),
      apply: async (change) => {
        for (const other of others.splice(0)) await store.apply(other);
        return store.apply(change);
      },
    };

    const result = await receiveStock(interferedStore, {
      ...entry('receipt-2'),
      sku: 'tea',
      quantity: 4,
      locationId: 'annex',
      createLocation: true,
    });

    expect(result.ok).toBe(true);
    const { locations } = await store.read({ locations: ['annex'] });
    expect(locations.get('annex')?.name).toBe('Other');
  });

  test('two receipts at once that create a location are both counted', async () => {
    const store = await storeWith(newStore, ['tea', 10], ['cup', 10]);
    const receipt = { quantity: 4, locationId: 'annex', createLocation: true };

    const results = await Promise.all([
      receiveStock(store, { ...entry('receipt-2'), ...receipt, sku: 'tea' }),
      receiveStock(store, { ...entry('receipt-3'), ...receipt, sku: 'cup' }),
    ]);

    expect(results.map(({ ok }) => ok)).toEqual([true, true]);
    const { locations } = await store.read({ locations: ['annex'] });
    expect(locations.get('annex')?.version).toBe(1);
  });

  test('a safety stock is kept by holds, and a new location has it from its first receipt', async () => {
    const store = await storeWith(newStore, ['tea', 10]);
    const setting = { ...context(), sku: 'tea', safetyStock: 4 };
    const hold = (reservationId: string, quantity: number) => {
      const lines = [{ sku: 'tea', quantity, from: 'main' }];
      return reserveStock(store, reserveCommand({ reservationId, lines }));
    };

    await patchStock(store, setting);
    const created = { quantity: 9, locationId: 'annex', createLocation: true };
    await receiveStock(store, { ...entry('receipt-2'), ...created, sku: 'tea' });
    const results = [await hold('res-1', 7), await hold('res-2', 6), await hold('res-3', 1)];
    const floored = await loadStock(store, 'tea');
    await patchStock(store, { ...setting, safetyStock: null });

    expect(results.map(({ ok }) => ok)).toEqual([false, true, false]);
    expect([...floored.cells.values()].map(({ floor }) => floor)).toEqual([4, 4]);
    expect((await hold('res-4', 1)).ok).toBe(true);
    const { cells } = await loadStock(store, 'tea');
    expect([...cells.values()].map(({ floor }) => floor)).toEqual([undefined, undefined]);
  });

  test('a hold whose floor was raised after its read decides again', async () => {
    const store = await storeWith(newStore, ['tea', 10]);
    const settings = [{ ...context(), sku: 'tea', safetyStock: 4 }];
    const interferedStore: StockStore = {
      read: (keys) => store.read(keys),
      applyGroup: (changes) => store.applyGroup(changes),
      backoff: (attempt) => store.backoff(attempt),
      apply: async (change) => {
        for (const setting of settings.splice(0)) await patchStock(store, setting);
        return store.apply(change);
      },
    };

    const held = await reserveStock(
      interferedStore,
      reserveCommand({ lines: [{ sku: 'tea', quantity: 7 }] }),
    );

    expect(held).toMatchObject({
      ok: false,
      error: { kind: 'insufficientStock', shortages: [{ requested: 7, available: 6 }] },
    });
    expect(await available(store, 'tea')).toBe(10);
  });

  test('new settings replace all old ones', async () => {
    const store = await newStore();
    const first = await putStock(store, {
      ...context(),
      sku: 'tea',
      name: 'Tea',
      lowStockThreshold: 5,
    });
    const second = await putStock(store, { ...context(), sku: 'tea', name: 'Green tea' });

    expect(first).toMatchObject({
      ok: true,
      value: { isNew: true, stockItem: { name: 'Tea', lowStockThreshold: 5 } },
    });
    expect(second).toMatchObject({
      ok: true,
      value: { isNew: false, stockItem: { name: 'Green tea', version: 2 } },
    });
    expect((await loadStock(store, 'tea')).stockItems.get('tea')).not.toHaveProperty(
      'lowStockThreshold',
    );
  });

  test('an adjustment removes at most the available units', async () => {
    const store = await storeWith(newStore, ['tea', 5]);
    await reserveStock(store, reserveCommand());

    const tooMuch = await adjustStock(store, {
      ...entry('a-1'),
      sku: 'tea',
      delta: -3,
      reason: 'damaged',
    });
    const enough = await adjustStock(store, {
      ...entry('a-2'),
      sku: 'tea',
      delta: -2,
      reason: 'damaged',
    });

    expect(tooMuch).toEqual({
      ok: false,
      error: {
        kind: 'insufficientStock',
        shortages: [{ sku: 'tea', requested: 3, available: 2 }],
      },
    });
    expect(enough).toMatchObject({ ok: true });
    expect(await available(store, 'tea')).toBe(0);
  });
}
