import { beforeEach, describe, expect, test } from 'vitest';
import { DynamoOrderStore } from '../../../lambdas/orders/adapters/dynamo-order-store.ts';
import { DynamoProductStore } from '../../../lambdas/orders/adapters/dynamo-product-store.ts';
import { createTestTable, PRODUCTS_INDEX } from '../../support/dynamodb.ts';
import { anOrder, aProduct } from '../../support/orders/orders.ts';

const ORDERS = 350;
const SEGMENTS = 3;

let orders: DynamoOrderStore;

beforeEach(async () => {
  const { tableName, client } = await createTestTable('orders', [PRODUCTS_INDEX]);
  orders = new DynamoOrderStore(client, {
    name: tableName,
    customerIndex: 'customers',
    queueIndex: 'queues',
  });
  const products = new DynamoProductStore(client, { name: tableName, productIndex: 'products' });
  await Promise.all([
    ...Array.from({ length: ORDERS }, (_, index) =>
      orders.create(anOrder({ orderId: `ord-${index}` })),
    ),
    ...Array.from({ length: 20 }, (_, index) => products.put(aProduct({ sku: `sku-${index}` }))),
  ]);
});

describe('a walk over the orders', () => {
  test('meets each exactly once, and nothing else of the table, page by page', async () => {
    const met: string[] = [];
    let pages = 0;

    for (let segment = 0; segment < SEGMENTS; segment += 1) {
      let cursor: string | undefined;
      do {
        const page = await orders.scanSegment({ segment, segments: SEGMENTS, cursor });
        met.push(...page.items.map(({ orderId }) => orderId));
        pages += 1;
        cursor = page.cursor;
      } while (cursor !== undefined);
    }

    expect(met.sort()).toEqual(Array.from({ length: ORDERS }, (_, index) => `ord-${index}`).sort());
    expect(pages).toBeGreaterThan(SEGMENTS);
  });

  test('refuses a cursor that is none', async () => {
    await expect(
      orders.scanSegment({ segment: 0, segments: 1, cursor: 'bogus' }),
    ).rejects.toMatchObject({
      problem: { status: 400 },
    });
  });
});

test('of ids, those are answered that there are', async () => {
  const found = await orders.getAll(['ord-3', 'ord-none', 'ord-7']);

  expect(found.items.map(({ orderId }) => orderId).sort()).toEqual(['ord-3', 'ord-7']);
});
