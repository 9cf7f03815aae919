import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { DynamoCustomerHoldStore } from '../../../lambdas/orders/adapters/dynamo-customer-hold-store.ts';
import type { CustomerHold, HoldClaim } from '../../../lambdas/orders/domain/customer-holds.ts';
import type { CustomerHoldStore } from '../../../lambdas/orders/use-cases/ports.ts';
import { testTable } from '../../support/dynamodb.ts';
import { NOON } from '../../support/inventory.ts';
import { MemoryCustomerHoldStore } from '../../support/orders.ts';

const CAPS = { holds: 3, units: 10 };
const UNTIL = NOON + 720_000;
const hold = (number: number, units = 1, claimId = `claim_${number}`): HoldClaim => ({
  orderId: `ord_${number}`,
  units,
  claimId,
  until: UNTIL,
});
/** The claim as it is stored, of one request. */
const stored = (number: number, units = 1): CustomerHold => ({
  orderId: `ord_${number}`,
  units,
  until: { [`claim_${number}`]: UNTIL },
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
    for (const number of [1, 2, 3])
      expect(await store.claim(customer, hold(number), CAPS)).toBeUndefined();

    const full = await store.claim(customer, hold(4), CAPS);

    expect(full).toMatchObject({ customerId: customer, version: UNTIL + 3 });
    expect(full?.holds.toSorted((a, b) => a.orderId.localeCompare(b.orderId))).toEqual([
      stored(1),
      stored(2),
      stored(3),
    ]);
  });

  test('are forgotten as a whole, once and again, unless something came in between', async () => {
    const customer = someone();
    for (const number of [1, 2]) await store.claim(customer, hold(number), CAPS);
    const before = await store.read(customer);
    await store.claim(customer, hold(3), CAPS);
    const after = await store.read(customer);
    if (before === undefined || after === undefined) throw new Error('nothing was claimed');

    await store.forget(before);
    expect(await store.read(customer)).toEqual(after);
    await store.forget(after);
    await store.forget(after);

    expect(await store.read(customer)).toBeUndefined();
    expect(await store.claim(customer, hold(4), CAPS)).toBeUndefined();
  });

  test('of a record that was forgotten and made again have none of its versions', async () => {
    const customer = someone();
    await store.claim(customer, hold(1), CAPS);
    const first = await store.read(customer);
    if (first === undefined) throw new Error('nothing was claimed');
    await store.forget(first);

    await store.claim(customer, { ...hold(2), until: UNTIL + 5_000 }, CAPS);
    await store.replace({ ...first, holds: [] }, NOON);

    expect((await store.read(customer))?.holds).toHaveLength(1);
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

    expect((await store.claim(customer, hold(1, 4), CAPS))?.holds).toEqual([stored(1, 4)]);
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

  test('give the stored units back, not those of the request that drops', async () => {
    const customer = someone();
    await store.claim(customer, hold(1, 10), CAPS);

    await store.drop(customer, hold(1, 1));

    expect(await store.claim(customer, hold(2, 10), CAPS)).toBeUndefined();
    expect(await store.claim(customer, hold(3, 1), CAPS)).toBeDefined();
  });

  test('stay until each request for the order has dropped its own', async () => {
    const customer = someone();
    await store.claim(customer, hold(1, 10, 'first'), CAPS);
    expect(await store.join(customer, hold(1, 10, 'second'))).toBe(true);

    await store.drop(customer, hold(1, 10, 'other'));
    await store.drop(customer, hold(1, 10, 'first'));
    await store.drop(customer, hold(1, 10, 'first'));
    expect(await store.claim(customer, hold(2, 1), CAPS)).toBeDefined();
    await store.drop(customer, hold(1, 10, 'second'));

    expect(await store.claim(customer, hold(3, 10), CAPS)).toBeUndefined();
  });

  test('are dropped by all of their requests at once', async () => {
    const customer = someone();
    const claims = ['a', 'b', 'c'].map((claimId) => hold(1, 10, claimId));
    await store.claim(customer, hold(1, 10, 'a'), CAPS);
    for (const claim of claims.slice(1)) await store.join(customer, claim);

    await Promise.all(claims.map((claim) => store.drop(customer, claim)));

    expect(await store.claim(customer, hold(2, 10), CAPS)).toBeUndefined();
  });

  test('cannot be joined once they are dropped', async () => {
    const customer = someone();
    await store.claim(customer, hold(1), CAPS);
    await store.drop(customer, hold(1));

    expect(await store.join(customer, hold(1, 1, 'second'))).toBe(false);
    expect((await store.read(customer))?.holds).toEqual([]);
  });

  test('are settled as a whole, once', async () => {
    const customer = someone();
    await store.claim(customer, hold(1, 4), CAPS);
    await store.join(customer, hold(1, 4, 'second'));
    await store.claim(customer, hold(2, 6), CAPS);

    await store.settle(customer, 'ord_1');
    await store.settle(customer, 'ord_1');

    expect((await store.read(customer))?.holds).toEqual([stored(2, 6)]);
    expect(await store.claim(customer, hold(3, 5), CAPS)).toBeDefined();
    expect(await store.claim(customer, hold(4, 4), CAPS)).toBeUndefined();
  });

  test('are replaced by what still counts, unless something came in between', async () => {
    const customer = someone();
    for (const number of [1, 2]) await store.claim(customer, hold(number, 5), CAPS);
    const full = await store.claim(customer, hold(3), CAPS);
    if (full === undefined) throw new Error('there was room');

    await store.replace({ ...full, holds: [stored(2, 5)] }, NOON);
    await store.replace({ ...full, holds: [] }, NOON);

    expect((await store.claim(customer, hold(4, 6), CAPS))?.holds).toEqual([stored(2, 5)]);
    expect(await store.claim(customer, hold(5, 5), CAPS)).toBeUndefined();
  });

  test('of one customer are no other’s', async () => {
    const [one, other] = [someone(), someone()];
    for (const number of [1, 2, 3]) await store.claim(one, hold(number), CAPS);

    expect(await store.claim(other, hold(1), CAPS)).toBeUndefined();
  });
});
