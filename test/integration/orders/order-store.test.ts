import { beforeAll, describe, expect, test } from 'vitest';
import { DynamoOrderStore } from '../../../lambdas/orders/adapters/dynamo-order-store.ts';
import { DynamoProductStore } from '../../../lambdas/orders/adapters/dynamo-product-store.ts';
import { applyOrderChange, type Order } from '../../../lambdas/orders/domain/order.ts';
import { createOrder } from '../../../lambdas/orders/domain/place-order.ts';
import { createTestTable, PRODUCTS_INDEX } from '../../support/dynamodb.ts';
import { NOON, seconds } from '../../support/inventory.ts';

const INDEXES = [
  { name: 'customers', partitionKey: 'customerId', sortKey: 'placed' },
  PRODUCTS_INDEX,
];
let orders: DynamoOrderStore;
let products: DynamoProductStore;

beforeAll(async () => {
  const { client, tableName } = await createTestTable('orders', INDEXES);
  orders = new DynamoOrderStore(client, {
    name: tableName,
    customerIndex: 'customers',
    queueIndex: 'queues',
  });
  products = new DynamoProductStore(client, { name: tableName, productIndex: 'products' });
});

const anOrder = (orderId: string, overrides: Partial<Order> = {}): Order => ({
  ...createOrder(
    {
      orderId,
      placementId: `op-${orderId}`,
      claimId: 'claim-1',
      customerId: 'alice',
      fingerprint: 'print',
      lines: [
        { sku: 'tea', name: 'Tea', quantity: 2, unitPrice: { amount: 850, currency: 'EUR' } },
      ],
      total: { amount: 1700, currency: 'EUR' },
      expiresAt: '2026-01-01T12:10:00.000Z',
      correlationId: 'corr',
    },
    NOON,
  ),
  ...overrides,
});

describe('orders', () => {
  test('what was created is read as it was', async () => {
    const order = anOrder('ord-1');

    const existing = await orders.create(order);

    expect(existing).toBeUndefined();
    expect(await orders.get('ord-1')).toEqual(order);
  });

  test('a second creation changes nothing and answers the first', async () => {
    const first = anOrder('ord-2');
    await orders.create(first);

    const existing = await orders.create(anOrder('ord-2', { fingerprint: 'other' }));

    expect(existing).toEqual(first);
    expect(await orders.get('ord-2')).toEqual(first);
  });

  test('of two that save the same version, one is told that it was too late', async () => {
    const order = anOrder('ord-3');
    await orders.create(order);
    const paying = applyOrderChange(order, { status: 'PAYING' }, NOON);
    const cancelled = applyOrderChange(order, { status: 'CANCELLED' }, NOON);

    const saved = [await orders.save(paying), await orders.save(cancelled)];

    expect(saved).toEqual([true, false]);
    expect(await orders.get('ord-3')).toEqual(paying);
  });

  test("a customer's orders come newest first, page by page, and nobody else's", async () => {
    for (let index = 0; index < 5; index += 1) {
      const createdAt = new Date(NOON + seconds(index)).toISOString();
      await orders.create(anOrder(`list-${index}`, { customerId: 'carol', createdAt }));
    }

    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await orders.list('carol', { limit: 2, cursor });
      seen.push(...page.items.map(({ orderId }) => orderId));
      cursor = page.cursor;
    } while (cursor !== undefined);

    expect(seen).toEqual(['list-4', 'list-3', 'list-2', 'list-1', 'list-0']);
  });
});

describe('products', () => {
  test('are put, replaced, found and listed', async () => {
    const unitPrice = { amount: 850, currency: 'EUR' };
    await products.put({ sku: 'tea', name: 'Tea', unitPrice });
    await products.put({ sku: 'tea', name: 'Green tea', unitPrice });
    await products.put({ sku: 'cup', name: 'Cup', unitPrice });

    const found = await products.getAll(['tea', 'unknown']);
    const first = await products.list({ limit: 1 });
    const second = await products.list({ limit: 1, cursor: first.cursor });

    expect(found).toEqual([{ sku: 'tea', name: 'Green tea', unitPrice }]);
    expect([...first.items, ...second.items].map(({ name }) => name).sort()).toEqual([
      'Cup',
      'Green tea',
    ]);
  });
});
