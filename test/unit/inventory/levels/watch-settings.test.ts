import { describe, expect, test } from 'vitest';
import type { StockItem } from '../../../../lambdas/inventory/domain/ledger/stock-item.ts';
import type { Location } from '../../../../lambdas/inventory/domain/locations/location.ts';
import { firstSweep } from '../../../../lambdas/inventory/domain/stock/level-sweep.ts';
import { watchStockLevels } from '../../../../lambdas/inventory/use-cases/sharding/watch-stock-level.ts';
import {
  aCell,
  aLocation,
  aStockItem,
  NOON,
  seconds,
  stateWith,
} from '../../../support/inventory.ts';
import { MemoryLevelSweepStore } from '../../../support/memory-level-stores.ts';
import { ScriptedStore, watchPorts } from './scripted-store.ts';

const stockItem = aStockItem({ lowStockThreshold: 5, version: 3 });

describe('a change of the settings of a SKU', () => {
  const watchSettings = async (before: StockItem | undefined, after: StockItem) => {
    const store = new ScriptedStore([stateWith([aCell({ available: 8 })], { sku: after })]);
    await watchStockLevels(watchPorts(store), [{ kind: 'settings', before, after }], NOON);
    return store;
  };

  test('lowers the level at once where the threshold rose above the stock', async () => {
    const { written } = await watchSettings(stockItem, { ...stockItem, lowStockThreshold: 10 });

    expect(written).toMatchObject([{ total: { level: 'low' } }]);
  });

  test.each([
    ['that is new and has no threshold', undefined, aStockItem()],
    ['that leaves a threshold alone', stockItem, { ...stockItem, transferCount: 7 }],
    [
      'that leaves the thresholds of locations alone',
      aStockItem({ lowStockThreshold: { main: 2 } }),
      aStockItem({ lowStockThreshold: { main: 2 }, name: 'Tea' }),
    ],
  ])('%s reads nothing', async (_case, before, after) => {
    const { recorded, loaded } = await watchSettings(before, after);

    expect([recorded, loaded]).toEqual([[], []]);
  });
});

describe('a change of a location', () => {
  const sweep = { ...firstSweep(NOON - seconds(60)), dueAt: NOON + seconds(600) };
  const watchLocation = async (before: Location | undefined, after: Location) => {
    const sweeps = new MemoryLevelSweepStore();
    sweeps.sweep = sweep;
    const watched = { ...watchPorts(new ScriptedStore([])), sweeps };
    await watchStockLevels(watched, [{ kind: 'location', before, after }], NOON);
    return sweeps.sweep;
  };

  test.each([
    ['is no longer active', aLocation(), aLocation({ active: false })],
    ['no longer ships', aLocation(), aLocation({ ships: false })],
    ['offers pickup', aLocation(), aLocation({ pickup: true })],
    ['is new', undefined, aLocation()],
    [
      'is main, and offers pickup with its first record',
      undefined,
      aLocation({ locationId: 'main', pickup: true }),
    ],
  ])('that %s starts a sweep', async (_case, before, after) => {
    expect(await watchLocation(before, after)).toEqual({
      ...sweep,
      dueAt: NOON,
      reason: 'location',
      version: 2,
      updatedAt: '2026-01-01T12:00:00.000Z',
    });
  });

  test.each([
    ['has another name', aLocation(), aLocation({ name: 'Yard', priority: 5 })],
    [
      'is main, with its default settings in its first record',
      undefined,
      aLocation({ locationId: 'main' }),
    ],
  ])('that %s starts no sweep', async (_case, before, after) => {
    expect(await watchLocation(before, after)).toEqual(sweep);
  });

  test('writes nothing before the first sweep, which the next look starts', async () => {
    const watched = watchPorts(new ScriptedStore([]));

    await watchStockLevels(watched, [{ kind: 'location', after: aLocation() }], NOON);

    expect(watched.sweeps.sweep).toBeUndefined();
  });
});
