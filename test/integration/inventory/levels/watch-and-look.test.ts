import { DeleteCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, test } from 'vitest';
import { DynamoLocationStore } from '../../../../lambdas/inventory/adapters/dynamo-location-store.ts';
import { DynamoStockItemStore } from '../../../../lambdas/inventory/adapters/dynamo-stock-item-store.ts';
import { DynamoStockReader } from '../../../../lambdas/inventory/adapters/dynamo-stock-reader.ts';
import { DynamoStockStore } from '../../../../lambdas/inventory/adapters/dynamo-stock-store.ts';
import { DynamoLevelSweepStore } from '../../../../lambdas/inventory/adapters/levels/dynamo-level-sweep-store.ts';
import { DynamoStockLevelStore } from '../../../../lambdas/inventory/adapters/levels/dynamo-stock-level-store.ts';
import { DynamoWakeReader } from '../../../../lambdas/inventory/adapters/levels/dynamo-wake-reader.ts';
import { levelEvents } from '../../../../lambdas/inventory/domain/stock/level-events.ts';
import { SWEEP_INTERVAL_MILLISECONDS } from '../../../../lambdas/inventory/domain/stock/level-sweep.ts';
import type { StockLevel } from '../../../../lambdas/inventory/domain/stock/stock-level.ts';
import { lookAtLevels } from '../../../../lambdas/inventory/use-cases/levels/look-at-levels.ts';
import { requestLevelSweep } from '../../../../lambdas/inventory/use-cases/levels/sweep-levels.ts';
import { loadStock } from '../../../../lambdas/inventory/use-cases/load-state.ts';
import { watchStockLevels } from '../../../../lambdas/inventory/use-cases/sharding/watch-stock-level.ts';
import {
  adjustStock,
  putStock,
  receiveStock,
} from '../../../../lambdas/inventory/use-cases/stock/update-stock.ts';
import type { Instant } from '../../../../lambdas/shared/core/instant.ts';
import { createTestTable } from '../../../support/dynamodb.ts';
import {
  aCell,
  aLocation,
  aStockLevel,
  context,
  NOON,
  seconds,
} from '../../../support/inventory.ts';

const THRESHOLD = 5;
const INDEXES = [
  { name: 'skus', partitionKey: 'listedSku' },
  { name: 'wakes', partitionKey: 'wake', sortKey: 'wakeAt', sortKeyType: 'N' },
] as const;

/** A shop on a table of its own, with the watcher and the looks at given times. */
async function openShop() {
  const { client, tableName } = await createTestTable('inventory', INDEXES);
  const book = new DynamoStockStore(client, tableName);
  const levels = new DynamoStockLevelStore(client, tableName);
  const sweeps = new DynamoLevelSweepStore(client, tableName);
  const counts: Record<string, number>[] = [];
  const written: StockLevel[] = [];
  const ports = {
    book,
    levels: {
      read: (skus: readonly string[]) => levels.read(skus),
      replace: async (after: StockLevel) => {
        const isWritten = await levels.replace(after);
        if (isWritten) written.push(after);
        return isWritten;
      },
    },
    showBelow: 0,
    sweeps,
    wakes: new DynamoWakeReader(client, { name: tableName, index: 'wakes' }),
    skus: new DynamoStockReader(client, { name: tableName, skuIndex: 'skus' }),
    items: new DynamoStockItemStore(client, tableName),
    metrics: { putCounts: (one: Readonly<Record<string, number>>) => void counts.push(one) },
    policy: { shardsMax: 50, isAutomatic: false },
    rebalance: () => Promise.reject(new Error('rebalance must not be called')),
  };
  let entries = 0;
  const watch = (now: Instant, sku = 'tea') => {
    const [before, after] = [aCell({ sku, available: 1 }), aCell({ sku, available: 2 })];
    return watchStockLevels(ports, [{ kind: 'balance', before, after }], now);
  };
  return {
    client,
    tableName,
    sweeps,
    counts,
    written,
    locations: new DynamoLocationStore(client, tableName),
    /** Sets the units of a location, and runs the watcher. */
    setUnits: async (units: number, now: Instant, { sku = 'tea', locationId = 'main' } = {}) => {
      const cell = (await loadStock(book, sku)).cells.get(`${sku}#${locationId}#0`);
      const delta = units - (cell?.available ?? 0);
      entries += 1;
      const entry = {
        ...context({ now }),
        operationId: `op-${entries}`,
        fingerprint: `op-${entries}`,
        sku,
        locationId,
      };
      if (delta > 0) await receiveStock(book, { ...entry, quantity: delta, createSku: true });
      else await adjustStock(book, { ...entry, delta, reason: 'correction' });
      return watch(now, sku);
    },
    putSku: (settings: { readonly lowStockThreshold: number | Record<string, number> }) =>
      putStock(book, { ...context(), sku: 'tea', ...settings }),
    watch,
    look: (now: Instant) => lookAtLevels({ ...ports, clock: () => now }),
    levelOf: async (sku = 'tea') => (await levels.read([sku])).get(sku),
  };
}

const eventsOf = (written: readonly StockLevel[]) =>
  written.flatMap((after, index) =>
    levelEvents(
      written.slice(0, index).findLast(({ sku }) => sku === after.sku),
      after,
    ),
  );

describe('the levels of a SKU', () => {
  test('fall at once, rise in looks, and are published for each change', async () => {
    const shop = await openShop();
    await shop.putSku({ lowStockThreshold: THRESHOLD });

    await shop.setUnits(10, NOON);
    expect(await shop.levelOf()).toMatchObject({ total: { level: 'out' }, wakeAt: NOON });
    await shop.look(NOON + seconds(1));
    expect(await shop.levelOf()).toMatchObject({ total: { level: 'in' } });
    await shop.look(NOON + seconds(61));
    expect(await shop.levelOf()).not.toHaveProperty('wakeAt');
    await shop.setUnits(3, NOON + seconds(62));
    expect(await shop.levelOf()).toMatchObject({ total: { level: 'low' } });
    await shop.setUnits(0, NOON + seconds(63));
    await shop.setUnits(9, NOON + seconds(64));
    await shop.look(NOON + seconds(121));
    expect(await shop.levelOf()).toMatchObject({ total: { level: 'out' } });
    await shop.look(NOON + seconds(181));

    const total = eventsOf(shop.written).filter(({ detail }) => !('locationId' in detail.data));
    expect(
      total.map(({ type, detail: { data } }) =>
        'to' in data ? `${data.from} to ${data.to}` : type,
      ),
    ).toEqual(['out to in', 'in to low', 'StockLow', 'low to out', 'out to in']);
  });

  test('of a location are published as StockLow by its threshold', async () => {
    const shop = await openShop();
    await shop.locations.replace(aLocation({ locationId: 'shop' }));
    await shop.putSku({ lowStockThreshold: { shop: THRESHOLD } });
    await shop.setUnits(10, NOON, { locationId: 'shop' });
    await shop.look(NOON);

    await shop.setUnits(4, NOON + seconds(61), { locationId: 'shop' });

    expect(eventsOf(shop.written).filter(({ type }) => type === 'StockLow')).toMatchObject([
      { detail: { data: { sku: 'tea', locationId: 'shop', available: 4, lowStockThreshold: 5 } } },
    ]);
  });

  test('are not written for a SKU that is well stocked', async () => {
    const shop = await openShop();
    await shop.setUnits(100, NOON);
    for (const late of [0, 60]) await shop.look(NOON + seconds(late));
    const before = shop.written.length;

    for (let order = 1; order <= 10; order += 1) {
      await shop.setUnits(100 - order, NOON + seconds(60 + order));
      await shop.look(NOON + seconds(60 * (order + 1)));
    }

    expect(shop.written).toHaveLength(before);
  });
});

describe('a rush', () => {
  test('changes a level at most twice in 60 s, while stock sells out and comes back', async () => {
    const shop = await openShop();
    await shop.putSku({ lowStockThreshold: THRESHOLD });
    const units = [10, 3, 0, 10, 0, 2, 9, 0];

    for (let step = 0; step < 60; step += 1) {
      await shop.setUnits(units[step % units.length] ?? 0, NOON + seconds(5 * step));
      if (step % 4 === 0) await shop.look(NOON + seconds(5 * step + 1));
    }

    const changedAt = shop.written.flatMap(({ total: { lastChange } }, index) =>
      lastChange === undefined || lastChange.at === shop.written[index - 1]?.total.lastChange?.at
        ? []
        : [lastChange.at],
    );
    expect(changedAt.length).toBeGreaterThan(5);
    for (const [index, at] of changedAt.slice(2).entries())
      expect(at - (changedAt[index] ?? 0)).toBeGreaterThanOrEqual(seconds(60));
  });
});

describe('a look', () => {
  test('skips an unreadable record, and handles the others', async () => {
    const shop = await openShop();
    for (const sku of ['cup', 'tea']) await shop.setUnits(5, NOON, { sku });
    const damaged = { ...aStockLevel(), pk: 'SKU#cup', sk: 'LEVEL', wake: 'due', wakeAt: NOON - 1 };
    await shop.client.send(new PutCommand({ TableName: shop.tableName, Item: damaged }));

    await shop.look(NOON);

    expect(await shop.levelOf()).toMatchObject({ total: { level: 'in' } });
  });

  test('handles more due SKUs than a page has', async () => {
    const shop = await openShop();
    const skus = Array.from({ length: 120 }, (_, index) => `sku-${index}`);
    await Promise.all(skus.map((sku) => shop.setUnits(5, NOON, { sku })));

    await shop.look(NOON);

    const levels = await Promise.all(skus.map((sku) => shop.levelOf(sku)));
    expect(new Set(levels.map((level) => level?.total.level))).toEqual(new Set(['in']));
  });
});

describe('the sweep', () => {
  test('creates the levels of a stage that has none, and comes again a day later', async () => {
    const shop = await openShop();
    const skus = Array.from({ length: 120 }, (_, index) => `sku-${index}`);
    for (const sku of skus) await shop.setUnits(5, NOON, { sku });
    for (const sku of skus)
      await shop.client.send(
        new DeleteCommand({ TableName: shop.tableName, Key: { pk: `SKU#${sku}`, sk: 'LEVEL' } }),
      );

    await shop.look(NOON);

    const levels = await Promise.all(skus.map((sku) => shop.levelOf(sku)));
    expect(levels.map((level) => level?.total.level)).toEqual(skus.map(() => 'in'));
    expect(await shop.sweeps.find()).toMatchObject({
      reason: 'daily',
      dueAt: NOON + SWEEP_INTERVAL_MILLISECONDS,
    });
  });

  test('takes a location out of sale within one look', async () => {
    const shop = await openShop();
    await shop.locations.replace(aLocation({ locationId: 'shop', pickup: true }));
    await shop.setUnits(5, NOON, { locationId: 'shop' });
    await shop.look(NOON);
    expect((await shop.levelOf())?.locations.shop).toMatchObject({ level: 'in', pickup: true });

    await shop.locations.replace(aLocation({ locationId: 'shop', active: false, version: 2 }));
    await requestLevelSweep(shop.sweeps, NOON + seconds(30));
    await shop.look(NOON + seconds(60));

    expect(await shop.levelOf()).toMatchObject({
      total: { level: 'out' },
      locations: { shop: { level: 'out' } },
    });
    expect(shop.counts).toEqual([]);
  });

  test('corrects and counts a level that differs from its cells', async () => {
    const shop = await openShop();
    await shop.setUnits(5, NOON);
    for (const late of [0, 60]) await shop.look(NOON + seconds(late));
    const { version = 0, ...level } = (await shop.levelOf()) ?? aStockLevel();
    await shop.client.send(
      new PutCommand({
        TableName: shop.tableName,
        Item: {
          ...level,
          pk: 'SKU#tea',
          sk: 'LEVEL',
          type: 'stockLevel',
          total: { level: 'out' },
          version: version + 1,
        },
      }),
    );

    await shop.look(NOON + SWEEP_INTERVAL_MILLISECONDS);

    expect(await shop.levelOf()).toMatchObject({ total: { level: 'in' } });
    expect(shop.counts).toEqual([{ LevelsCorrected: 1 }]);
  });
});
