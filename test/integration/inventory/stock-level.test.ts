import { expect, test } from 'vitest';
import { DynamoStockItemStore } from '../../../lambdas/inventory/adapters/dynamo-stock-item-store.ts';
import { DynamoStockStore } from '../../../lambdas/inventory/adapters/dynamo-stock-store.ts';
import { loadStock } from '../../../lambdas/inventory/use-cases/load-state.ts';
import { watchStockLevels } from '../../../lambdas/inventory/use-cases/sharding/watch-stock-level.ts';
import {
  adjustStock,
  putStock,
  receiveStock,
} from '../../../lambdas/inventory/use-cases/stock/update-stock.ts';
import { createTestTable } from '../../support/dynamodb.ts';
import { aCell, context, NOON } from '../../support/inventory.ts';

const THRESHOLD = 5;
const policy = { shardsMax: 50, isAutomatic: false };
const rejectRebalance = () => Promise.reject(new Error('rebalance must not be called'));

async function createWatchedSku() {
  const { client, tableName } = await createTestTable('inventory');
  const store = new DynamoStockStore(client, tableName);
  const skus = new DynamoStockItemStore(client, tableName);
  await putStock(store, { ...context(), sku: 'tea', lowStockThreshold: THRESHOLD });
  let entries = 0;
  const adjustTo = async (available: number) => {
    const before = (await loadStock(store, 'tea')).cells.get('tea#main#0')?.available ?? 0;
    entries += 1;
    const entry = {
      ...context(),
      operationId: `op-${entries}`,
      fingerprint: `op-${entries}`,
      sku: 'tea',
    };
    if (available > before) await receiveStock(store, { ...entry, quantity: available - before });
    else await adjustStock(store, { ...entry, delta: available - before, reason: 'correction' });
    const change = { before: aCell({ available: before }), after: aCell({ available }) };
    await watchStockLevels(
      { book: store, items: skus, policy, rebalance: rejectRebalance },
      [change],
      NOON,
    );
    return (await loadStock(store, 'tea')).stockItems.get('tea');
  };
  return { adjustTo };
}

test('a SKU becomes low below its threshold, not at it', async () => {
  const { adjustTo } = await createWatchedSku();

  const lows = [];
  for (const available of [THRESHOLD + 1, THRESHOLD, THRESHOLD - 1])
    lows.push((await adjustTo(available))?.isLow);

  expect(lows).toEqual([false, false, true]);
});

test('a SKU that stays low is written once, and becomes low again after it recovered', async () => {
  const { adjustTo } = await createWatchedSku();

  const seen = [];
  for (const available of [10, 3, 2, 7, 1]) {
    const sku = await adjustTo(available);
    seen.push([sku?.isLow, sku?.version]);
  }

  expect(seen).toEqual([
    [false, 1],
    [true, 2],
    [true, 2],
    [false, 3],
    [true, 4],
  ]);
});
