import { expect, inject, test } from 'vitest';
import { idealConditions } from '../simulator/conditions.ts';
import { CUSTOMER_LIMITS } from '../simulator/customer-limits.ts';
import { loadSystemModel } from '../simulator/system-model.ts';
import { World } from '../simulator/world.ts';

const HOLDS_MAX = CUSTOMER_LIMITS.holdsPerCustomer;
const STAFF = { user: 'staff' };
const MINUTE = 60 * 1_000;
const systemModel = await loadSystemModel(inject('assembly'));

test('concurrent orders of one customer beyond the hold limit return 429 until holds expire', async () => {
  await new World(systemModel, idealConditions).run(async (world) => {
    const unitPrice = { amount: 500, currency: 'EUR' };
    await world.request('PUT /products/tea', { by: STAFF, body: { name: 'tea', unitPrice } });
    await world.request('POST /stock/tea/receipts', {
      by: STAFF,
      key: 'in',
      body: { quantity: 1_000, createSku: true },
    });
    const order = (key: string, user = 'alice') =>
      world.request('POST /orders', {
        by: { user },
        key,
        body: { lines: [{ sku: 'tea', quantity: 1 }] },
      });

    const rush = await Promise.all(
      Array.from({ length: HOLDS_MAX + 20 }, (_, number) => order(`order-${number}`)),
    );
    const rejected = rush.filter(({ status }) => status === 429);
    const other = await order('order-1', 'bob');
    const { body: stock } = await world.request<{ held: number }>('GET /stock/tea', { by: STAFF });
    await world.time.wait(12 * MINUTE);
    const later = await order('order-later');

    expect(rush.filter(({ status }) => status === 201)).toHaveLength(HOLDS_MAX);
    expect(rejected).toHaveLength(20);
    expect(rejected[0]?.body.code).toBe('TOO_MANY_HOLDS');
    expect(other.status).toBe(201);
    expect(stock.held).toBe(HOLDS_MAX + 1);
    expect(later.status).toBe(201);
  });
});
