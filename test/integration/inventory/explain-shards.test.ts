import { expect, test } from 'vitest';
import { DynamoAuditReader } from '../../../lambdas/inventory/adapters/dynamo-audit-reader.ts';
import { DynamoStockReader } from '../../../lambdas/inventory/adapters/dynamo-stock-reader.ts';
import { DynamoStockStore } from '../../../lambdas/inventory/adapters/dynamo-stock-store.ts';
import { commitReservation } from '../../../lambdas/inventory/use-cases/reservations/change-reservation.ts';
import { reserveStock } from '../../../lambdas/inventory/use-cases/reservations/reserve-stock.ts';
import { rebalanceStock } from '../../../lambdas/inventory/use-cases/sharding/rebalance-stock.ts';
import { readCountBasis } from '../../../lambdas/inventory/use-cases/stock/count-basis.ts';
import { explainStock } from '../../../lambdas/inventory/use-cases/stock/explain-stock.ts';
import { putStock, receiveStock } from '../../../lambdas/inventory/use-cases/stock/update-stock.ts';
import { toIso } from '../../../lambdas/shared/core/instant.ts';
import { createTestTable } from '../../support/dynamodb.ts';
import {
  commitCommand,
  context,
  NOON,
  NOON_BUCKET,
  receiveCommand,
  reserveCommand,
  seconds,
  unwrap,
} from '../../support/inventory.ts';

/** Creates a SKU with 12 units over 4 cells, and two reservations that no single cell can hold. */
async function createSplitHold() {
  const { client, tableName } = await createTestTable('inventory');
  const store = new DynamoStockStore(client, tableName);
  const audit = new DynamoAuditReader(client, {
    name: tableName,
    skuIndex: 'skus',
    operationIndex: 'operations',
  });
  const reader = new DynamoStockReader(client, { name: tableName, skuIndex: 'skus' });
  await receiveStock(store, receiveCommand({ quantity: 12 }));
  await putStock(store, { ...context(), sku: 'tea', shardCount: 4 });
  await rebalanceStock(store, { ...context(), sku: 'tea' });
  const hold = (reservationId: string, quantity: number) =>
    reserveStock(store, reserveCommand({ reservationId, lines: [{ sku: 'tea', quantity }] }));
  await hold('held', 5);
  await hold('sold', 6);
  await commitReservation(store, commitCommand({ reservationId: 'sold' }));
  return { store, audit, reader };
}

test('units of an order in several cells are explained as one hold or one commitment', async () => {
  const ports = await createSplitHold();

  const { locations, quantities } = unwrap(
    await explainStock(ports, { sku: 'tea' }, NOON + seconds(1)),
  );

  expect(quantities).toEqual({ onHand: 12, available: 1, held: 5, committed: 6 });
  expect(locations).toHaveLength(1);
  expect(locations[0]?.holds).toEqual([
    {
      reservationId: 'held',
      orderId: undefined,
      quantity: 5,
      bucket: NOON_BUCKET + 600,
      since: NOON,
    },
  ]);
  expect(locations[0]?.commitments).toEqual([
    { reservationId: 'sold', orderId: undefined, quantity: 6, since: NOON },
  ]);
});

test('a count covers all cells of its location and lists each unfulfillable order once', async () => {
  const { store, audit } = await createSplitHold();
  const request = { sku: 'tea', locationId: 'main', at: toIso(NOON + seconds(60)), counted: 5 };

  const now = NOON + seconds(60);
  const ports = { store, reader: audit, clock: () => now };
  const basis = unwrap(await readCountBasis(ports, request, { now, deadline: now + seconds(9) }));

  expect(basis.expected).toBe(12);
  expect(basis.quantities).toEqual({ onHand: 12, available: 1, held: 5, committed: 6 });
  expect(
    basis.unfulfillable.map(({ reservationId, committed }) => [reservationId, committed]),
  ).toEqual([['sold', 6]]);
});
