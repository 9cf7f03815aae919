import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { DynamoCustomerHoldStore } from '../../../lambdas/orders/adapters/dynamo-customer-hold-store.ts';
import type { CustomerHold } from '../../../lambdas/orders/domain/customer-holds.ts';
import type { CustomerHoldStore } from '../../../lambdas/orders/use-cases/ports.ts';
import { testTable } from '../../support/dynamodb.ts';
import { NOON } from '../../support/inventory.ts';
import { MemoryCustomerHoldStore } from '../../support/orders.ts';

const CAPS = { holds: 3, units: 10 };
const hold = (number: number, units = 1): CustomerHold => ({
  orderId: `ord_${number}`,
  units,
  claimedAt: NOON,
});
const someone = () => `customer-${randomUUID()}`;

describe.each(['memory', 'dynamo'] as const)('the claims of a customer (%s)', (kind) => {
  let store: CustomerHoldStore;
  beforeAll(async () => {
    if (kind === 'memory') store = new MemoryCustomerHoldStore();
    else {
      const { client, tableName } = await testTable('orders');
      store = new DynamoCustomerHoldStore(client, tableName);
    }
  });

  test('are taken up to the cap of holds; then it is told what there is', async () => {
    const customer = someone();
    for (const number of [1, 2, 3]) expect(await store.claim(customer, hold(number), CAPS)).toBeUndefined();

    const full = await store.claim(customer, hold(4), CAPS);

    expect(full).toMatchObject({ customerId: customer, version: 3 });
    expect(full?.holds.toSorted((a, b) => a.orderId.localeCompare(b.orderId))).toEqual([
      hold(1),
      hold(2),
      hold(3),
    ]);
  });

  test('are forgotten as a whole, once and again', async () => {
    const customer = someone();
    for (const number of [1, 2, 3]) await store.claim(customer, hold(number), CAPS);

    await store.forget(customer);
    await store.forget(customer);

    expect(await store.claim(customer, hold(4), CAPS)).toBeUndefined();
  });

  test('are taken up to the cap of units, exactly', async () => {
    const customer = someone();
    await store.claim(customer, hold(1, 9), CAPS);

    expect(await store.claim(customer, hold(2, 2), CAPS)).toBeDefined();
    expect(await store.claim(customer, hold(3, 1), CAPS)).toBeUndefined();
    expect(await store.claim(customer, hold(4, 1), CAPS)).toBeDefined();
  });

  test('hold one order once', async () => {
    const customer = someone();
    await store.claim(customer, hold(1, 4), CAPS);

    expect((await store.claim(customer, hold(1, 4), CAPS))?.holds).toEqual([hold(1, 4)]);
  });

  test('are never more than the cap, though all are sent at once', async () => {
    const customer = someone();

    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, number) => store.claim(customer, hold(number), CAPS)),
    );

    expect(answers.filter((answer) => answer === undefined)).toHaveLength(CAPS.holds);
  });

  test('have room again when one is dropped, once', async () => {
    const customer = someone();
    for (const number of [1, 2, 3]) await store.claim(customer, hold(number), CAPS);

    await store.drop(customer, hold(2));
    await store.drop(customer, hold(2));

    expect(await store.claim(customer, hold(4), CAPS)).toBeUndefined();
    expect(await store.claim(customer, hold(5), CAPS)).toBeDefined();
  });

  test('are replaced by what still counts, unless something came in between', async () => {
    const customer = someone();
    for (const number of [1, 2]) await store.claim(customer, hold(number, 5), CAPS);
    const full = await store.claim(customer, hold(3), CAPS);
    if (full === undefined) throw new Error('there was room');

    await store.replace({ ...full, holds: [hold(2, 5)] });
    await store.replace({ ...full, holds: [] });

    expect((await store.claim(customer, hold(4, 6), CAPS))?.holds).toEqual([hold(2, 5)]);
    expect(await store.claim(customer, hold(5, 5), CAPS)).toBeUndefined();
  });

  test('of one customer are no other’s', async () => {
    const [one, other] = [someone(), someone()];
    for (const number of [1, 2, 3]) await store.claim(one, hold(number), CAPS);

    expect(await store.claim(other, hold(1), CAPS)).toBeUndefined();
  });
});
