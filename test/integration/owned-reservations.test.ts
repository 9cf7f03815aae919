import { expect, test } from 'vitest';
import { DynamoStockStore } from '../../lambdas/inventory/adapters/dynamo-stock-store.ts';
import { DynamoOwnedReservationReader } from '../../lambdas/inventory/adapters/indexes/dynamo-owned-reservation-reader.ts';
import type { Owner } from '../../lambdas/inventory/domain/ledger/reservation.ts';
import {
  commitReservation,
  takePartStep,
} from '../../lambdas/inventory/use-cases/reservations/change-reservation.ts';
import { reserveStock } from '../../lambdas/inventory/use-cases/reservations/reserve-stock.ts';
import { receiveStock } from '../../lambdas/inventory/use-cases/stock/update-stock.ts';
import { createTestTable } from '../support/dynamodb.ts';
import {
  commitCommand,
  context,
  NOON,
  receiveCommand,
  reserveCommand,
  seconds,
  unwrap,
} from '../support/inventory.ts';

const SHOP = 'service:000000000000/role/shop';
const MARKET = 'service:000000000000/role/market';
const INDEX = { name: 'owners', partitionKey: 'ownedBy', sortKey: 'ownedSince' };

test('lists the committed reservations of one service, oldest first, in pages', async () => {
  const { client, tableName } = await createTestTable('inventory', [INDEX]);
  const store = new DynamoStockStore(client, tableName);
  const reader = new DynamoOwnedReservationReader(client, { name: tableName, index: INDEX.name });
  unwrap(await receiveStock(store, receiveCommand({ quantity: 20 })));
  const reserve = async (reservationId: string, owner: Owner, at: number, isCommitted = true) => {
    const now = NOON + seconds(at);
    const lines = [{ sku: 'tea', quantity: 2 }];
    const command = { reservationId, owner, now };
    unwrap(await reserveStock(store, reserveCommand({ ...command, lines })));
    if (isCommitted) unwrap(await commitReservation(store, commitCommand(command)));
  };
  await reserve('third', SHOP, 30);
  await reserve('first', SHOP, 10);
  await reserve('second', SHOP, 20);
  await reserve('held', SHOP, 15, false);
  await reserve('of-market', MARKET, 15);
  await reserve('ord_1', 'order', 15);
  await reserve('shipped', SHOP, 5);
  const step = { stepId: 's', kind: 'ship', fingerprint: 'print', owner: SHOP } as const;
  unwrap(await takePartStep(store, { ...context(), ...step, reservationId: 'shipped' }));
  const part = { ...step, lines: [{ sku: 'tea', locationId: 'main', quantity: 1 }] };
  unwrap(await takePartStep(store, { ...context(), ...part, reservationId: 'first' }));

  const one = await reader.listCommitted(SHOP, { limit: 2 });
  const two = await reader.listCommitted(SHOP, { limit: 2, cursor: one.cursor });
  const ofMarket = await reader.listCommitted(MARKET, { limit: 10 });

  expect(one.items.map(({ reservationId }) => reservationId)).toEqual(['first', 'second']);
  expect(one.items[0]?.lines).toMatchObject([{ quantity: 2, shipped: 1 }]);
  expect(two.items.map(({ reservationId }) => reservationId)).toEqual(['third']);
  expect(two.cursor).toBeUndefined();
  expect(ofMarket.items.map(({ reservationId }) => reservationId)).toEqual(['of-market']);
  await expect(reader.listCommitted(SHOP, { limit: 2, cursor: 'e30' })).rejects.toThrow();
});
