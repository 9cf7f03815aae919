import { describe, expect, test } from 'vitest';
import type { MovementKind } from '../../../../lambdas/contracts/api/inventory.ts';
import type { InventoryEvent } from '../../../../lambdas/contracts/events.ts';
import { InventoryEvents } from '../../../../lambdas/contracts/events.ts';
import { reservationKey, skuItem } from '../../../../lambdas/inventory/adapters/book-items.ts';
import { eventsOfItemChange } from '../../../../lambdas/inventory/adapters/stream-events.ts';
import { homeCellKey } from '../../../../lambdas/inventory/domain/ledger/cell.ts';
import { type BookRecord, eventsOf } from '../../../../lambdas/inventory/domain/ledger/events.ts';
import type { Movement } from '../../../../lambdas/inventory/domain/ledger/movement.ts';
import type { Reservation } from '../../../../lambdas/inventory/domain/ledger/reservation.ts';
import type { StockItem } from '../../../../lambdas/inventory/domain/ledger/stock-item.ts';
import {
  aMovement,
  aReservation,
  aStockItem,
  NOON,
  NOON_BUCKET,
} from '../../../support/inventory.ts';

const AT = '2026-01-01T12:00:00.000Z';
const movementsRecord = (...movements: readonly Movement[]): BookRecord => ({
  type: 'movements',
  cell: homeCellKey('tea', 'annex'),
  movements,
  correlationId: 'corr-1',
});
const reservationRecord = (reservation: Reservation): BookRecord => ({
  type: 'reservation',
  reservation,
});
const stockItemRecord = (stockItem: StockItem): BookRecord => ({ type: 'stockItem', stockItem });

/**
 * Returns the events as consumers parse them by the schemas of the contract. They must equal the
 * published events.
 */
const parseAsConsumer = (events: readonly InventoryEvent[]) =>
  events.map(({ type, detail }) => ({ type, detail: InventoryEvents[type].parse(detail) }));

describe('movements', () => {
  test.each([
    ['RECEIVED', 'StockReceived'],
    ['RETURNED', 'StockReturned'],
    ['SHIPPED', 'StockShipped'],
  ] as const)('%s is published as %s', (kind, type) => {
    const movement = aMovement({
      kind,
      reservationId: 'res-1',
      orderId: 'ord-1',
      reference: 'note 17',
    });

    const events = eventsOf(undefined, movementsRecord(movement));

    expect(events).toEqual([
      {
        type,
        detail: {
          eventId: 'movement/op-1.1',
          version: 1,
          occurredAt: AT,
          correlationId: 'corr-1',
          data: {
            sku: 'tea',
            locationId: 'annex',
            quantity: 3,
            movementId: 'op-1.1',
            reservationId: 'res-1',
            orderId: 'ord-1',
            reference: 'note 17',
          },
        },
      },
    ]);
    expect(parseAsConsumer(events)).toEqual(events);
  });

  test('without optional fields are published without them', () => {
    const events = eventsOf(undefined, movementsRecord(aMovement()));

    expect(events[0]?.detail.data).toStrictEqual({
      sku: 'tea',
      locationId: 'annex',
      quantity: 3,
      movementId: 'op-1.1',
    });
    expect(parseAsConsumer(events)).toEqual(events);
  });

  test.each([
    ['out of the book', 'available', 'outside', -3],
    ['into the book', 'outside', 'available', 3],
  ] as const)('ADJUSTED %s is published with its sign', (_way, from, to, delta) => {
    const movement = aMovement({
      kind: 'ADJUSTED',
      from: { account: from },
      to: { account: to },
      reason: 'shrinkage',
      note: 'counted twice',
    });

    const events = eventsOf(undefined, movementsRecord(movement));

    expect(events).toEqual([
      {
        type: 'StockAdjusted',
        detail: {
          eventId: 'movement/op-1.1',
          version: 1,
          occurredAt: AT,
          correlationId: 'corr-1',
          data: {
            sku: 'tea',
            locationId: 'annex',
            delta,
            movementId: 'op-1.1',
            reason: 'shrinkage',
            note: 'counted twice',
          },
        },
      },
    ]);
    expect(parseAsConsumer(events)).toEqual(events);
  });

  test.each(['RESERVED', 'EXPIRED', 'EXTENDED', 'COMMITTED', 'RELEASED', 'TRANSFERRED'] as const)(
    'of kind %s are no event',
    (kind: MovementKind) => {
      expect(eventsOf(undefined, movementsRecord(aMovement({ kind })))).toEqual([]);
    },
  );

  test('of one change are one event each, in order', () => {
    const events = eventsOf(
      undefined,
      movementsRecord(
        aMovement({ kind: 'EXPIRED' }),
        aMovement({ movementId: 'op-1.2', kind: 'ADJUSTED', reason: 'correction' }),
        aMovement({ movementId: 'op-1.3' }),
      ),
    );

    expect(events.map(({ detail }) => detail.eventId)).toEqual([
      'movement/op-1.2',
      'movement/op-1.3',
    ]);
  });

  test('are not published again when their item is written again', () => {
    expect(eventsOf(movementsRecord(aMovement()), movementsRecord(aMovement()))).toEqual([]);
  });
});

describe('reservations', () => {
  const head = (type: string, version: number) => ({
    eventId: `reservation/res-1/${version}/${type}`,
    version: 1,
    occurredAt: AT,
    correlationId: 'corr-0',
  });
  const lines = [{ sku: 'tea', locationId: 'main', quantity: 3 }];
  const held = aReservation({ orderId: 'ord-1' });
  const step = (overrides: Partial<Reservation>) =>
    eventsOf(reservationRecord(held), reservationRecord({ ...held, version: 2, ...overrides }));

  test('a new one is StockReserved, with its expiry', () => {
    const events = eventsOf(undefined, reservationRecord(held));

    expect(events).toEqual([
      {
        type: 'StockReserved',
        detail: {
          ...head('StockReserved', 1),
          data: {
            reservationId: 'res-1',
            orderId: 'ord-1',
            lines,
            expiresAt: '2026-01-01T12:10:00.000Z',
          },
        },
      },
    ]);
    expect(parseAsConsumer(events)).toEqual(events);
  });

  test('a released one is StockReleased', () => {
    const events = step({ status: 'RELEASED' });

    expect(events).toEqual([
      {
        type: 'StockReleased',
        detail: {
          ...head('StockReleased', 2),
          data: { reservationId: 'res-1', orderId: 'ord-1', lines },
        },
      },
    ]);
    expect(parseAsConsumer(events)).toEqual(events);
  });

  test('a committed one is StockCommitted', () => {
    const events = step({ status: 'COMMITTED' });

    expect(events).toEqual([
      {
        type: 'StockCommitted',
        detail: {
          ...head('StockCommitted', 2),
          data: { reservationId: 'res-1', orderId: 'ord-1' },
        },
      },
    ]);
    expect(parseAsConsumer(events)).toEqual(events);
  });

  test('one whose commit failed is StockCommitFailed, with the shortages', () => {
    const shortages = [{ sku: 'tea', requested: 3, available: 2 }];

    const events = step({
      status: 'EXPIRED',
      commitFailure: { code: 'RESERVATION_EXPIRED', shortages },
    });

    expect(events).toEqual([
      {
        type: 'StockCommitFailed',
        detail: {
          ...head('StockCommitFailed', 2),
          data: {
            reservationId: 'res-1',
            orderId: 'ord-1',
            code: 'RESERVATION_EXPIRED',
            shortages,
          },
        },
      },
    ]);
    expect(parseAsConsumer(events)).toEqual(events);
  });

  test('the tombstone of a commit without a reservation is StockCommitFailed', () => {
    const { heldUntil: _none, ...tombstone } = aReservation({
      status: 'EXPIRED',
      lines: [],
      commitFailure: { code: 'RESERVATION_UNKNOWN', shortages: [] },
    });

    const events = eventsOf(undefined, reservationRecord(tombstone));

    expect(events.map(({ type, detail }) => [type, detail.eventId])).toEqual([
      ['StockCommitFailed', 'reservation/res-1/1/StockCommitFailed'],
    ]);
    expect(parseAsConsumer(events)).toEqual(events);
  });

  test('a commit that is rejected after the release is StockCommitFailed, although the status stays', () => {
    const released = { ...held, status: 'RELEASED' as const, version: 2 };
    const withCommitFailure: Reservation = {
      ...released,
      version: 3,
      commitFailure: { code: 'RESERVATION_RELEASED', shortages: [] },
    };

    const first = eventsOf(reservationRecord(released), reservationRecord(withCommitFailure));
    const later = eventsOf(
      reservationRecord(withCommitFailure),
      reservationRecord({ ...withCommitFailure, version: 4 }),
    );

    expect(first.map(({ type }) => type)).toEqual(['StockCommitFailed']);
    expect(later).toEqual([]);
  });

  test('an extension, a shipment and the tombstone of a release are no event', () => {
    const tombstone = aReservation({ status: 'RELEASED', lines: [] });

    expect(step({ heldUntil: NOON_BUCKET + 900 })).toEqual([]);
    expect(step({ status: 'FULFILLED' })).toEqual([]);
    expect(eventsOf(undefined, reservationRecord(tombstone))).toEqual([]);
  });

  test('one without an order is published without it', () => {
    const { orderId: _none, ...anonymous } = held;

    const events = eventsOf(undefined, reservationRecord(anonymous));

    expect(events[0]?.detail.data).not.toHaveProperty('orderId');
    expect(parseAsConsumer(events)).toEqual(events);
  });

  test('one that TTL deleted is no event', () => {
    expect(eventsOf(reservationRecord(held), undefined)).toEqual([]);
  });
});

describe('SKUs', () => {
  const low = aStockItem({ isLow: true, lowStockThreshold: 5, availableAtCrossing: 2, version: 4 });

  test('one that became low is StockLow, with its available units', () => {
    const events = eventsOf(
      stockItemRecord({ ...low, isLow: false, version: 3 }),
      stockItemRecord(low),
    );

    expect(events).toEqual([
      {
        type: 'StockLow',
        detail: {
          eventId: 'sku/tea/4/StockLow',
          version: 1,
          occurredAt: AT,
          correlationId: 'corr-0',
          data: { sku: 'tea', available: 2, lowStockThreshold: 5 },
        },
      },
    ]);
    expect(parseAsConsumer(events)).toEqual(events);
  });

  test.each([
    ['more', 1, 8],
    ['fewer', 8, 1],
  ])(
    'one with a change to %s shards is StockShardsChanged',
    (_case, shardCountBefore, shardCount) => {
      const events = eventsOf(
        stockItemRecord(aStockItem({ shardCount: shardCountBefore, version: 3 })),
        stockItemRecord(aStockItem({ shardCount, openShardCount: 8, version: 4 })),
      );

      expect(events).toEqual([
        {
          type: 'StockShardsChanged',
          detail: {
            eventId: 'sku/tea/4/StockShardsChanged',
            version: 1,
            occurredAt: AT,
            correlationId: 'corr-0',
            data: { sku: 'tea', shardCount, shardCountBefore },
          },
        },
      ]);
      expect(parseAsConsumer(events)).toEqual(events);
    },
  );

  test('one with a new consolidation is StockConsolidationRequested for its location', () => {
    const known = { locationId: 'main', units: 9, at: NOON };
    const events = eventsOf(
      stockItemRecord(aStockItem({ version: 3, consolidations: [known] })),
      stockItemRecord(
        aStockItem({
          version: 4,
          consolidations: [known, { locationId: 'east', units: 7, at: NOON }],
        }),
      ),
    );

    expect(events).toEqual([
      {
        type: 'StockConsolidationRequested',
        detail: {
          eventId: 'sku/tea/4/StockConsolidationRequested',
          version: 1,
          occurredAt: AT,
          correlationId: 'corr-0',
          data: { sku: 'tea', locationId: 'east', quantity: 7 },
        },
      },
    ]);
    expect(parseAsConsumer(events)).toEqual(events);
  });

  test('one whose consolidation is requested again is the event again', () => {
    const at = (now: number) =>
      stockItemRecord(aStockItem({ consolidations: [{ locationId: 'main', units: 9, at: now }] }));

    expect(eventsOf(at(NOON), at(NOON + 1)).map(({ type }) => type)).toEqual([
      'StockConsolidationRequested',
    ]);
    expect(eventsOf(at(NOON), at(NOON))).toEqual([]);
  });

  const shardProposal = {
    at: AT,
    shardCount: 1,
    proposedShardCount: 4,
    changes: 20,
    conflicts: 60,
    isApplied: false,
  } as const;

  test('one with a proposal is StockContentionDetected, with the traffic and the proposal', () => {
    const events = eventsOf(
      stockItemRecord(aStockItem()),
      stockItemRecord(aStockItem({ shardProposal, version: 2 })),
    );

    const { at: _at, ...traffic } = shardProposal;
    expect(events).toEqual([
      {
        type: 'StockContentionDetected',
        detail: {
          eventId: 'sku/tea/2/StockContentionDetected',
          version: 1,
          occurredAt: AT,
          correlationId: 'corr-0',
          data: { sku: 'tea', ...traffic },
        },
      },
    ]);
    expect(parseAsConsumer(events)).toEqual(events);
  });

  test('one with an applied proposal that is also low is all three events', () => {
    const after = { ...low, shardCount: 4, shardProposal: { ...shardProposal, isApplied: true } };

    const events = eventsOf(
      stockItemRecord({ ...low, isLow: false, version: 3 }),
      stockItemRecord(after),
    );

    expect(events.map(({ type }) => type)).toEqual([
      'StockLow',
      'StockContentionDetected',
      'StockShardsChanged',
    ]);
    expect(new Set(events.map(({ detail }) => detail.eventId)).size).toBe(3);
  });

  test.each([
    [
      'keeps its proposal',
      aStockItem({ shardProposal }),
      aStockItem({ shardProposal, version: 2 }),
    ],
    ['is new, with its shards', undefined, aStockItem({ shardCount: 8 })],
    [
      'closed a cell',
      aStockItem({ openShardCount: 8 }),
      aStockItem({ openShardCount: 1, version: 2 }),
    ],
    ['moved units', aStockItem({ transferCount: 1 }), aStockItem({ transferCount: 2, version: 2 })],
    ['stayed low', low, { ...low, version: 5 }],
    ['recovered', low, { ...low, isLow: false, version: 5 }],
    ['is new', undefined, aStockItem()],
    ['has other settings', aStockItem(), aStockItem({ name: 'Tea', version: 2 })],
  ])('one that %s is no event', (_case, before, after) => {
    expect(eventsOf(before && stockItemRecord(before), stockItemRecord(after))).toEqual([]);
  });
});

describe('items of the stream', () => {
  const item = {
    pk: 'CELL#tea#annex#0',
    sk: 'MOVE#2026-11-30T12:00:00.000Z#op',
    sku: 'tea',
    locationId: 'annex',
    shard: 0,
  };

  test('are read by their type', () => {
    const movements = {
      ...item,
      type: 'movements',
      movements: [aMovement()],
      correlationId: 'corr-1',
    };
    const reservation = {
      ...reservationKey(aReservation().reservationId),
      ...aReservation(),
      type: 'reservation',
      ttl: 1,
    };
    const sku = { ...skuItem(aStockItem({ isLow: true, lowStockThreshold: 5 })) };

    expect(eventsOfItemChange(undefined, movements)).toEqual(
      eventsOf(undefined, movementsRecord(aMovement())),
    );
    expect(eventsOfItemChange(undefined, reservation).map(({ type }) => type)).toEqual([
      'StockReserved',
    ]);
    expect(eventsOfItemChange({ ...sku, isLow: false }, sku).map(({ type }) => type)).toEqual([
      'StockLow',
    ]);
  });

  test.each([
    ['balance', 'CELL#tea#annex#0', 'BALANCE'],
    ['operation', 'OPERATION#op', 'OPERATION'],
    ['unknown', 'NEW#1', 'NEW'],
  ])('one of type %s is no event', (type, pk, sk) => {
    expect(eventsOfItemChange(undefined, { pk, sk, type })).toEqual([]);
  });

  test('an unreadable one throws an error with its key', () => {
    expect(() =>
      eventsOfItemChange(undefined, { ...item, type: 'movements', movements: 'none' }),
    ).toThrow(
      'inventory: CELL#tea#annex#0 MOVE#2026-11-30T12:00:00.000Z#op cannot be read: movements: must be array, is string',
    );
  });

  test('a manually repaired one is not published', () => {
    const after = { ...skuItem(aStockItem({ isLow: true, lowStockThreshold: 5 })) };

    expect(eventsOfItemChange({ ...after, isLow: 'yes' }, after)).toEqual([]);
  });

  test('a deleted one is no event', () => {
    expect(
      eventsOfItemChange({ ...item, type: 'movements', movements: [aMovement()] }, undefined),
    ).toEqual([]);
  });
});
