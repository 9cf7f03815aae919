import { describe, expect, test } from 'vitest';
import type { MovementKind } from '../../../../../lambdas/contracts/api/inventory.ts';
import { reservationKey, skuItem } from '../../../../../lambdas/inventory/adapters/book-items.ts';
import { stockLevelItem } from '../../../../../lambdas/inventory/adapters/levels/level-records.ts';
import { eventsOfItemChange } from '../../../../../lambdas/inventory/adapters/stream-events.ts';
import { homeCellKey } from '../../../../../lambdas/inventory/domain/ledger/cell.ts';
import {
  type BookRecord,
  eventsOf,
} from '../../../../../lambdas/inventory/domain/ledger/events.ts';
import type { Movement } from '../../../../../lambdas/inventory/domain/ledger/movement.ts';
import type { StockItem } from '../../../../../lambdas/inventory/domain/ledger/stock-item.ts';
import {
  aMovement,
  aReservation,
  aStockItem,
  aStockLevel,
  NOON,
} from '../../../../support/inventory.ts';
import { AT, parseAsConsumer } from './parse-as-consumer.ts';

const movementsRecord = (...movements: readonly Movement[]): BookRecord => ({
  type: 'movements',
  cell: homeCellKey('tea', 'annex'),
  movements,
  correlationId: 'corr-1',
});

const stockItemRecord = (stockItem: StockItem): BookRecord => ({ type: 'stockItem', stockItem });

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

describe('SKUs', () => {
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

  test('one with an applied proposal is both events', () => {
    const before = aStockItem({ version: 3 });
    const applied = { ...shardProposal, isApplied: true };

    const events = eventsOf(
      stockItemRecord(before),
      stockItemRecord({ ...before, shardCount: 4, shardProposal: applied, version: 4 }),
    );

    expect(events.map(({ type }) => type)).toEqual([
      'StockContentionDetected',
      'StockShardsChanged',
    ]);
    expect(new Set(events.map(({ detail }) => detail.eventId)).size).toBe(2);
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
    const sku = { ...skuItem(aStockItem({ shardCount: 2 })) };
    const levels = stockLevelItem(
      aStockLevel({ total: { level: 'in', lastChange: { at: NOON, sellable: 2 } } }),
    );

    expect(eventsOfItemChange(undefined, movements)).toEqual(
      eventsOf(undefined, movementsRecord(aMovement())),
    );
    expect(eventsOfItemChange(undefined, reservation).map(({ type }) => type)).toEqual([
      'StockReserved',
    ]);
    expect(eventsOfItemChange({ ...sku, shardCount: 1 }, sku).map(({ type }) => type)).toEqual([
      'StockShardsChanged',
    ]);
    expect(eventsOfItemChange(undefined, levels).map(({ type }) => type)).toEqual([
      'AvailabilityChanged',
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
    const after = { ...skuItem(aStockItem({ shardCount: 2 })) };

    expect(eventsOfItemChange({ ...after, shardCount: 'one' }, after)).toEqual([]);
  });

  test('a deleted one is no event', () => {
    expect(
      eventsOfItemChange({ ...item, type: 'movements', movements: [aMovement()] }, undefined),
    ).toEqual([]);
  });
});
