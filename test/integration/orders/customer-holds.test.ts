import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { DynamoCustomerHoldStore } from '../../../lambdas/orders/adapters/dynamo-customer-hold-store.ts';
import type { CustomerHold, HoldClaim } from '../../../lambdas/orders/domain/customer-holds.ts';
import type { CustomerHoldStore } from '../../../lambdas/orders/use-cases/ports.ts';
import { createTestTable } from '../../support/dynamodb.ts';
import { NOON } from '../../support/inventory.ts';
import { MemoryCustomerHoldStore } from '../../support/orders/memory-order-stores.ts';

const CAPS = { holds: 3, units: 10 };
const UNTIL = NOON + 720_000;
const aClaim = (number: number, units = 1, claimId = `claim_${number}`): HoldClaim => ({
  orderId: `ord_${number}`,
  units,
  claimId,
  until: UNTIL,
});
/** The claim as it is stored, of one request. */
const aCustomerHold = (number: number, units = 1): CustomerHold => ({
  orderId: `ord_${number}`,
  units,
  until: { [`claim_${number}`]: UNTIL },
});
const randomCustomerId = () => `customer-${randomUUID()}`;

describe.each(['memory', 'dynamo'] as const)('the claims of a customer (%s)', (kind) => {
  let store: CustomerHoldStore;
  beforeAll(async () => {
    if (kind === 'memory') store = new MemoryCustomerHoldStore();
    else {
      const { client, tableName } = await createTestTable('orders');
      store = new DynamoCustomerHoldStore(client, tableName);
    }
  });

  test('are taken up to the cap of holds; then it is told what there is', async () => {
    const customer = randomCustomerId();
    for (const number of [1, 2, 3])
      expect(await store.claim(customer, aClaim(number), CAPS)).toBeUndefined();

    const full = await store.claim(customer, aClaim(4), CAPS);

    expect(full).toMatchObject({ customerId: customer, version: UNTIL + 3 });
    expect(full?.holds.toSorted((a, b) => a.orderId.localeCompare(b.orderId))).toEqual([
      aCustomerHold(1),
      aCustomerHold(2),
      aCustomerHold(3),
    ]);
  });

  test('are forgotten as a whole, once and again, unless something came in between', async () => {
    const customer = randomCustomerId();
    for (const number of [1, 2]) await store.claim(customer, aClaim(number), CAPS);
    const before = await store.get(customer);
    await store.claim(customer, aClaim(3), CAPS);
    const after = await store.get(customer);
    if (before === undefined || after === undefined) throw new Error('nothing was claimed');

    await store.delete(before);
    expect(await store.get(customer)).toEqual(after);
    await store.delete(after);
    await store.delete(after);

    expect(await store.get(customer)).toBeUndefined();
    expect(await store.claim(customer, aClaim(4), CAPS)).toBeUndefined();
  });

  test('of a record that was forgotten and made again have none of its versions', async () => {
    const customer = randomCustomerId();
    await store.claim(customer, aClaim(1), CAPS);
    const first = await store.get(customer);
    if (first === undefined) throw new Error('nothing was claimed');
    await store.delete(first);

    await store.claim(customer, { ...aClaim(2), until: UNTIL + 5_000 }, CAPS);
    await store.replace({ ...first, holds: [] }, NOON);

    expect((await store.get(customer))?.holds).toHaveLength(1);
  });

  test('are taken up to the cap of units, exactly', async () => {
    const customer = randomCustomerId();
    await store.claim(customer, aClaim(1, 9), CAPS);

    expect(await store.claim(customer, aClaim(2, 2), CAPS)).toBeDefined();
    expect(await store.claim(customer, aClaim(3, 1), CAPS)).toBeUndefined();
    expect(await store.claim(customer, aClaim(4, 1), CAPS)).toBeDefined();
  });

  test('hold one order once', async () => {
    const customer = randomCustomerId();
    await store.claim(customer, aClaim(1, 4), CAPS);

    expect((await store.claim(customer, aClaim(1, 4), CAPS))?.holds).toEqual([aCustomerHold(1, 4)]);
  });

  test('are never more than the cap, though all are sent at once', async () => {
    const customer = randomCustomerId();

    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, number) => store.claim(customer, aClaim(number), CAPS)),
    );

    expect(answers.filter((answer) => answer === undefined)).toHaveLength(CAPS.holds);
  });

  test('have room again when one is dropped, once', async () => {
    const customer = randomCustomerId();
    for (const number of [1, 2, 3]) await store.claim(customer, aClaim(number), CAPS);

    await store.dropClaim(customer, aClaim(2));
    await store.dropClaim(customer, aClaim(2));

    expect(await store.claim(customer, aClaim(4), CAPS)).toBeUndefined();
    expect(await store.claim(customer, aClaim(5), CAPS)).toBeDefined();
  });

  test('give the stored units back, not those of the request that drops', async () => {
    const customer = randomCustomerId();
    await store.claim(customer, aClaim(1, 10), CAPS);

    await store.dropClaim(customer, aClaim(1, 1));

    expect(await store.claim(customer, aClaim(2, 10), CAPS)).toBeUndefined();
    expect(await store.claim(customer, aClaim(3, 1), CAPS)).toBeDefined();
  });

  test('stay until each request for the order has dropped its own', async () => {
    const customer = randomCustomerId();
    await store.claim(customer, aClaim(1, 10, 'first'), CAPS);
    expect(await store.join(customer, aClaim(1, 10, 'second'))).toBe(true);

    await store.dropClaim(customer, aClaim(1, 10, 'other'));
    await store.dropClaim(customer, aClaim(1, 10, 'first'));
    await store.dropClaim(customer, aClaim(1, 10, 'first'));
    expect(await store.claim(customer, aClaim(2, 1), CAPS)).toBeDefined();
    await store.dropClaim(customer, aClaim(1, 10, 'second'));

    expect(await store.claim(customer, aClaim(3, 10), CAPS)).toBeUndefined();
  });

  test('are dropped by all of their requests at once', async () => {
    const customer = randomCustomerId();
    const claims = ['a', 'b', 'c'].map((claimId) => aClaim(1, 10, claimId));
    await store.claim(customer, aClaim(1, 10, 'a'), CAPS);
    for (const claim of claims.slice(1)) await store.join(customer, claim);

    await Promise.all(claims.map((claim) => store.dropClaim(customer, claim)));

    expect(await store.claim(customer, aClaim(2, 10), CAPS)).toBeUndefined();
  });

  test('cannot be joined once they are dropped', async () => {
    const customer = randomCustomerId();
    await store.claim(customer, aClaim(1), CAPS);
    await store.dropClaim(customer, aClaim(1));

    expect(await store.join(customer, aClaim(1, 1, 'second'))).toBe(false);
    expect((await store.get(customer))?.holds).toEqual([]);
  });

  test('are settled as a whole, once', async () => {
    const customer = randomCustomerId();
    await store.claim(customer, aClaim(1, 4), CAPS);
    await store.join(customer, aClaim(1, 4, 'second'));
    await store.claim(customer, aClaim(2, 6), CAPS);

    await store.dropOrder(customer, 'ord_1');
    await store.dropOrder(customer, 'ord_1');

    expect((await store.get(customer))?.holds).toEqual([aCustomerHold(2, 6)]);
    expect(await store.claim(customer, aClaim(3, 5), CAPS)).toBeDefined();
    expect(await store.claim(customer, aClaim(4, 4), CAPS)).toBeUndefined();
  });

  test('are replaced by what still counts, unless something came in between', async () => {
    const customer = randomCustomerId();
    for (const number of [1, 2]) await store.claim(customer, aClaim(number, 5), CAPS);
    const full = await store.claim(customer, aClaim(3), CAPS);
    if (full === undefined) throw new Error('there was room');

    await store.replace({ ...full, holds: [aCustomerHold(2, 5)] }, NOON);
    await store.replace({ ...full, holds: [] }, NOON);

    expect((await store.claim(customer, aClaim(4, 6), CAPS))?.holds).toEqual([aCustomerHold(2, 5)]);
    expect(await store.claim(customer, aClaim(5, 5), CAPS)).toBeUndefined();
  });

  test('of one customer are no other’s', async () => {
    const [one, other] = [randomCustomerId(), randomCustomerId()];
    for (const number of [1, 2, 3]) await store.claim(one, aClaim(number), CAPS);

    expect(await store.claim(other, aClaim(1), CAPS)).toBeUndefined();
  });
});
