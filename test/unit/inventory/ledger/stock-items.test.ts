import { expect, test } from 'vitest';
import { reservationItem, skuItem } from '../../../../lambdas/inventory/adapters/stock-items.ts';
import { toReservation, toSku } from '../../../../lambdas/inventory/adapters/stock-records.ts';
import type { Reservation } from '../../../../lambdas/inventory/domain/ledger/reservation.ts';
import type { Sku } from '../../../../lambdas/inventory/domain/ledger/sku.ts';
import { aChange, aReservation, aSku, NOON, NOON_SLOT } from '../../../support/inventory.ts';

test('a sku is read as it was written', () => {
  const sku = aSku({
    shardCount: 2,
    openShards: 4,
    shardsEver: 8,
    transfers: 17,
    locations: ['main', 'annex'],
  });

  expect(toSku({ ...skuItem(sku) })).toEqual(sku);
});

/** `Required`: a field that is new to the type has to be here, and so in the schema that reads it. */
const everySetting: Required<Sku> = {
  ...aSku(),
  name: 'Tea',
  lowStockThreshold: 3,
  countTolerance: { units: 2, percent: 1.5 },
  heat: {
    at: '2026-01-01T12:00:00.000Z',
    shardCount: 1,
    proposedShardCount: 4,
    changes: 20,
    conflicts: 60,
    isApplied: false,
  },
  consolidations: [{ locationId: 'main', units: 7, at: NOON }],
};

test('a SKU with everything that its record may have is read as it was written', () => {
  expect(toSku({ ...skuItem(everySetting) })).toEqual(everySetting);
});

const everyStep: Required<Reservation> = {
  ...aReservation(),
  heldUntil: NOON_SLOT,
  orderId: 'res-1',
  fingerprint: 'print-1',
  extensions: [{ operationId: 'extension-1', fingerprint: 'print-1', heldUntil: NOON_SLOT }],
  commitFailure: {
    code: 'RESERVATION_EXPIRED',
    shortages: [{ sku: 'tea', requested: 3, available: 1 }],
  },
  repairs: [{ findingId: 'fnd-1', version: 1, action: 'release', at: NOON, before: 'HELD' }],
};

test('a reservation with everything that its record may have is read as it was written', () => {
  expect(toReservation({ ...reservationItem(everyStep, aChange()) })).toEqual(everyStep);
});

test('a sku that was written before there were shards has one cell at each location', () => {
  const {
    openShards: _open,
    shardsEver: _ever,
    transfers: _transfers,
    ...old
  } = { ...skuItem(aSku()) };

  expect(toSku(old)).toEqual(aSku());
});
