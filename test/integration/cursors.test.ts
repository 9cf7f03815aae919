import { beforeAll, describe, expect, test } from 'vitest';
import { DynamoStockReader } from '../../lambdas/inventory/adapters/dynamo-stock-reader.ts';
import { DynamoStockStore } from '../../lambdas/inventory/adapters/dynamo-stock-store.ts';
import { receiveStock } from '../../lambdas/inventory/use-cases/stock/update-stock.ts';
import { DynamoOrderStore } from '../../lambdas/orders/adapters/dynamo-order-store.ts';
import { DynamoProductStore } from '../../lambdas/orders/adapters/dynamo-product-store.ts';
import { toCursor } from '../../lambdas/shared/http/cursor.ts';
import { ProblemError } from '../../lambdas/shared/http/problem-details.ts';
import { createTestTable, PRODUCTS_INDEX } from '../support/dynamodb.ts';
import { context } from '../support/inventory.ts';

type Listing = (cursor: string) => Promise<unknown>;
const lists: Record<string, Listing> = {};

beforeAll(async () => {
  const stock = await createTestTable('inventory', [{ name: 'skus', partitionKey: 'listedSku' }]);
  const store = new DynamoStockStore(stock.client, stock.tableName);
  await receiveStock(store, {
    ...context(),
    operationId: 'a',
    fingerprint: 'a',
    sku: 'tea',
    quantity: 1,
    createSku: true,
  });
  const reader = new DynamoStockReader(stock.client, { name: stock.tableName, skuIndex: 'skus' });
  const { client, tableName } = await createTestTable('orders', [
    { name: 'customers', partitionKey: 'customerId', sortKey: 'placed' },
    PRODUCTS_INDEX,
  ]);
  const orders = new DynamoOrderStore(client, {
    name: tableName,
    customerIndex: 'customers',
    queueIndex: 'queues',
  });
  const products = new DynamoProductStore(client, { name: tableName, productIndex: 'products' });
  lists.stock = (cursor) => reader.listSkus({ limit: 2, cursor });
  lists.movements = (cursor) => reader.listMovements('tea', { limit: 2, cursor });
  lists.orders = (cursor) => orders.list('alice', { limit: 2, cursor });
  lists.products = (cursor) => products.list({ limit: 2, cursor });
});

const LONG = 'x'.repeat(700);

describe('a forged cursor', () => {
  test.each([
    ['stock', { sku: '' }],
    ['stock', { sku: LONG }],
    ['products', { sku: '' }],
    ['movements', { sk: '', pk: '', index: 0 }],
    ['movements', { sk: 'A', pk: 'x', index: 0 }],
    ['movements', { sk: `MOVE#${LONG}`, pk: 'x', index: 0 }],
    ['movements', { sk: 'MOVE#', pk: 'x', index: -5 }],
    ['orders', { createdAt: '', orderId: '' }],
    ['orders', { createdAt: 'x', orderId: 'y' }],
  ])('of %s that is none of its own is refused: %o', async (name, position) => {
    await expect(lists[name]?.(toCursor(position))).rejects.toThrow(ProblemError);
  });

  test.each([
    ['stock', { sku: 'ghost' }],
    ['products', { sku: 'ghost' }],
    ['movements', { sk: 'MOVE#~', pk: 'x', index: 0 }],
    ['orders', { createdAt: '2026-01-01T12:00:00.000Z', orderId: 'ghost' }],
  ])(
    'of %s that leads nowhere shows what comes behind it, and no fault: %o',
    async (name, position) => {
      expect(await lists[name]?.(toCursor(position))).toHaveProperty('items');
    },
  );
});
