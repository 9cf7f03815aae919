import { describe, expect, test } from 'vitest';
import type { Owner } from '../../../../lambdas/inventory/domain/ledger/reservation.ts';
import {
  commitReservation,
  extendReservation,
  releaseReservation,
  shipReservation,
} from '../../../../lambdas/inventory/use-cases/reservations/change-reservation.ts';
import {
  commitReservations,
  shipReservations,
} from '../../../../lambdas/inventory/use-cases/reservations/group-commit.ts';
import { ownerFor } from '../../../../lambdas/inventory/use-cases/reservations/owner-of-caller.ts';
import { reserveStock } from '../../../../lambdas/inventory/use-cases/reservations/reserve-stock.ts';
import { receiveStock } from '../../../../lambdas/inventory/use-cases/stock/update-stock.ts';
import {
  commitCommand,
  context,
  extendCommand,
  receiveCommand,
  reserveCommand,
} from '../../../support/inventory.ts';
import { MemoryStockStore } from '../../../support/memory-stock-store.ts';

const SHOP = 'service:000000000000/role/shop';
const MARKET = 'service:000000000000/role/market';

describe('the owner of a new reservation', () => {
  test.each([
    ['cart-1', 'arn:aws:sts::111111111111:assumed-role/shop/i-0', 'service:111111111111/role/shop'],
    ['cart-1', 'arn:aws:sts::111111111111:assumed-role/shop/i-1', 'service:111111111111/role/shop'],
    ['cart-1', 'arn:aws:sts::222222222222:assumed-role/shop/i-0', 'service:222222222222/role/shop'],
    ['cart-1', 'arn:aws:iam::111111111111:user/shop', 'service:111111111111/user/shop'],
    ['cart-1', 'arn:aws-cn:iam::111111111111:user/a/b', 'service:111111111111/user/a/b'],
    ['ord_1', 'arn:aws:sts::111111111111:assumed-role/PlaceOrder/i-0', 'order'],
    ['order_1', 'arn:aws:iam::111111111111:user/shop', 'service:111111111111/user/shop'],
  ])('%s by %s is %s', (reservationId, caller, owner) => {
    expect(ownerFor(reservationId, caller)).toBe(owner);
  });

  test('needs the ARN of a caller', () => {
    expect(() => ownerFor('cart-1', 'alice')).toThrow('has no ARN: alice');
  });
});

/** Returns a store with 10 units of tea, of which the owner holds 3 under `res-1`. */
async function storeWithHold(owner: Owner) {
  const store = new MemoryStockStore();
  await receiveStock(store, receiveCommand({ quantity: 10 }));
  await reserveStock(store, reserveCommand({ owner }));
  return store;
}
const NOT_OWNER = { ok: false, error: { kind: 'notOwner' } };
const change = { ...context(), reservationId: 'res-1' };

describe.each<[Owner, Owner | undefined]>([
  [SHOP, MARKET],
  [SHOP, undefined],
  ['order', SHOP],
])('a reservation of %s is not changed by %s', (owner, other) => {
  test.each<[string, (store: MemoryStockStore) => Promise<unknown>]>([
    ['a repeat of its reserve', (store) => reserveStock(store, reserveCommand({ owner: other }))],
    [
      'an extension',
      (store) => extendReservation(store, { ...extendCommand({ owner: other }), ...change }),
    ],
    ['a release', (store) => releaseReservation(store, { ...change, owner: other })],
    ['a commit', (store) => commitReservation(store, commitCommand({ owner: other }))],
  ])('by %s', async (_name, send) => {
    const store = await storeWithHold(owner);

    expect(await send(store)).toMatchObject(NOT_OWNER);

    expect(store.reservations.get('res-1')).toMatchObject({ status: 'HELD', version: 1 });
  });
});

test('only its owner commits, extends and releases it', async () => {
  const store = await storeWithHold(SHOP);

  const results = [
    await reserveStock(store, reserveCommand({ owner: SHOP })),
    await extendReservation(store, { ...extendCommand({ owner: SHOP }), ...change }),
    await commitReservation(store, commitCommand({ owner: SHOP })),
    await releaseReservation(store, { ...change, owner: SHOP }),
  ];

  expect(results.map(({ ok }) => ok)).toEqual([true, true, true, true]);
  expect(store.reservations.get('res-1')).toMatchObject({ status: 'RELEASED', owner: SHOP });
});

test('a release or a commit before the reserve keeps its owner', async () => {
  const store = new MemoryStockStore();

  await releaseReservation(store, { ...change, owner: SHOP });
  await commitReservation(store, commitCommand({ reservationId: 'res-2', owner: SHOP }));
  await releaseReservation(store, { ...change, reservationId: 'ord_1', owner: 'order' });

  expect([...store.reservations.values()].map(({ owner }) => owner)).toEqual([
    SHOP,
    SHOP,
    undefined,
  ]);
});

test.each(['OrderConfirmed', 'OrderFulfilled'] as const)(
  '%s of an order does not settle the reservation of a service, alone or in a batch',
  async (event) => {
    const store = await storeWithHold(SHOP);
    await reserveStock(store, reserveCommand({ reservationId: 'ord_1' }));
    const isConfirmed = event === 'OrderConfirmed';
    if (!isConfirmed) {
      await commitReservation(store, commitCommand({ owner: SHOP }));
      await commitReservation(store, commitCommand({ reservationId: 'ord_1' }));
    }
    const before = store.reservations.get('res-1');
    const commands = ['res-1', 'ord_1'].map((reservationId) => ({ ...change, reservationId }));
    const settle = isConfirmed ? commitReservations : shipReservations;

    const [ofService, ofOrder] = await settle(store, commands);

    expect(ofService).toMatchObject({
      status: 'rejected',
      reason: new Error(`cannot ${isConfirmed ? 'commit' : 'ship'} res-1: it is of another owner`),
    });
    expect(ofOrder).toMatchObject({ status: 'fulfilled' });
    expect(store.reservations.get('res-1')).toEqual(before);
    await expect(shipReservation(store, change)).rejects.toThrow();
  },
);
