import { expect, test } from 'vitest';
import { reservationItem, skuItem } from '../../../../lambdas/inventory/adapters/book-items.ts';
import { toReservation } from '../../../../lambdas/inventory/adapters/book-records.ts';
import { toStockItem } from '../../../../lambdas/inventory/adapters/stock-item-records.ts';
import type { Reservation } from '../../../../lambdas/inventory/domain/ledger/reservation.ts';
import type { StockItem } from '../../../../lambdas/inventory/domain/ledger/stock-item.ts';
import {
  aChange,
  aReservation,
  aStockItem,
  NOON,
  NOON_BUCKET,
} from '../../../support/inventory.ts';

test('a SKU is read as it was written', () => {
  const sku = aStockItem({
    shardCount: 2,
    openShardCount: 4,
    peakShardCount: 8,
    transferCount: 17,
    locations: ['main', 'annex'],
  });

  expect(toStockItem({ ...skuItem(sku) })).toEqual(sku);
});

/**
 * `Required` makes sure that each new field of the type appears here, and so in the schema that
 * reads it.
 */
const everySetting: Required<StockItem> = {
  ...aStockItem(),
  name: 'Tea',
  lowStockThreshold: 3,
  safetyStock: { main: 2, annex: 1 },
  countTolerance: { units: 2, percent: 1.5 },
  shardProposal: {
    at: '2026-01-01T12:00:00.000Z',
    shardCount: 1,
    proposedShardCount: 4,
    changes: 20,
    conflicts: 60,
    isApplied: false,
  },
  consolidations: [{ locationId: 'main', units: 7, at: NOON }],
};

test('a SKU with every optional field is read as it was written', () => {
  expect(toStockItem({ ...skuItem(everySetting) })).toEqual(everySetting);
});

const everyStep: Required<Reservation> = {
  ...aReservation(),
  lines: [{ sku: 'tea', locationId: 'main', shard: 0, quantity: 3, shipped: 1, released: 1 }],
  heldUntil: NOON_BUCKET,
  orderId: 'res-1',
  owner: 'service:shop/checkout',
  steps: [{ stepId: 'parcel-1', kind: 'ship', fingerprint: 'print-1', at: NOON }],
  fingerprint: 'print-1',
  extensions: [{ operationId: 'extension-1', fingerprint: 'print-1', heldUntil: NOON_BUCKET }],
  commitFailure: {
    code: 'RESERVATION_EXPIRED',
    shortages: [{ sku: 'tea', requested: 3, available: 1 }],
  },
  repairs: [{ findingId: 'fnd-1', version: 1, action: 'release', at: NOON, statusBefore: 'HELD' }],
};

test('a reservation with every optional field is read as it was written', () => {
  expect(toReservation({ ...reservationItem(everyStep, aChange()) })).toEqual(everyStep);
});

test('a SKU that was written before shards existed has one cell at each location', () => {
  const {
    openShardCount: _open,
    peakShardCount: _peak,
    transferCount: _transfers,
    ...old
  } = { ...skuItem(aStockItem()) };

  expect(toStockItem(old)).toEqual(aStockItem());
});
