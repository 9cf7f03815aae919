import { describe, expect, test } from 'vitest';
import { MovementView, StockView } from '../../../../lambdas/contracts/api/inventory.ts';
import { ReservationView } from '../../../../lambdas/contracts/api/reservations.ts';
import { homeCellKey } from '../../../../lambdas/inventory/domain/ledger/cell.ts';
import { mergeLines, statusAt } from '../../../../lambdas/inventory/domain/ledger/reservation.ts';
import {
  toEntryView,
  toMovementView,
  toReservationView,
  toSettingsView,
  toStockView,
} from '../../../../lambdas/inventory/presenters/stock-views.ts';
import {
  aCell,
  aMovement,
  aReservation,
  aStockItem,
  HOLD_BUCKET,
  NOON,
  NOON_BUCKET,
  seconds,
} from '../../../support/inventory.ts';

const EXPIRES_AT = NOON + seconds(600);
const AT = '2026-01-01T12:00:00.000Z';
const UNTIL = '2026-01-01T12:10:00.000Z';

describe('the status of a reservation', () => {
  test.each([
    [EXPIRES_AT - 1, 'HELD'],
    [EXPIRES_AT, 'EXPIRED'],
    [EXPIRES_AT + 1, 'EXPIRED'],
  ])('that is HELD at %i is %s', (at, status) => {
    expect(statusAt(aReservation(), at)).toBe(status);
  });

  test.each(['COMMITTED', 'FULFILLED', 'RELEASED', 'EXPIRED'] as const)(
    '%s does not depend on the time',
    (status) => {
      const reservation = aReservation({ status });

      expect([statusAt(reservation, NOON), statusAt(reservation, EXPIRES_AT + 1)]).toEqual([
        status,
        status,
      ]);
    },
  );

  test('without an expiry is the status of its record', () => {
    const { heldUntil: _none, ...record } = aReservation({ status: 'HELD' });

    expect(statusAt(record, EXPIRES_AT)).toBe('HELD');
  });
});

describe('lines', () => {
  test('of one cell are merged into the first of them', () => {
    const lines = [
      { sku: 'tea', quantity: 1, locationId: 'main' },
      { sku: 'cup', quantity: 2, locationId: 'main' },
      { sku: 'tea', quantity: 3, locationId: 'main' },
      { sku: 'tea', quantity: 4, locationId: 'annex' },
    ];

    expect(mergeLines(lines)).toEqual([
      { sku: 'tea', locationId: 'main', quantity: 4 },
      { sku: 'cup', locationId: 'main', quantity: 2 },
      { sku: 'tea', locationId: 'annex', quantity: 4 },
    ]);
  });
});

describe('the view of a reservation', () => {
  test('has the current status, and lines without shards', () => {
    const view = toReservationView(aReservation({ orderId: 'ord-1' }), EXPIRES_AT);

    expect(view).toEqual({
      reservationId: 'res-1',
      status: 'EXPIRED',
      expiresAt: UNTIL,
      orderId: 'ord-1',
      lines: [{ sku: 'tea', quantity: 3, locationId: 'main' }],
    });
    expect(ReservationView.parse(view)).toEqual(view);
  });

  test('has its owner and the sums of its parts, for a service', () => {
    const line = { sku: 'tea', locationId: 'main' };
    const owner = 'service:000000000000/role/shop';

    const view = toReservationView(
      aReservation({
        status: 'COMMITTED',
        owner,
        lines: [
          { ...line, shard: 0, quantity: 3, shipped: 1 },
          { ...line, shard: 1, quantity: 2, shipped: 1, released: 1 },
          { ...line, sku: 'cup', shard: 0, quantity: 1 },
        ],
      }),
      NOON,
    );

    expect(view).toMatchObject({ owner, status: 'COMMITTED' });
    expect(view.lines).toEqual([
      { ...line, quantity: 5, shipped: 2, released: 1 },
      { ...line, sku: 'cup', quantity: 1 },
    ]);
    expect(ReservationView.parse(view)).toEqual(view);
  });

  test('that is a tombstone has no expiry', () => {
    const {
      heldUntil: _bucket,
      orderId: _order,
      ...tombstone
    } = aReservation({ status: 'RELEASED', lines: [] });

    const view = toReservationView(tombstone, NOON);

    expect(view).toEqual({
      reservationId: 'res-1',
      status: 'RELEASED',
      expiresAt: null,
      lines: [],
    });
    expect(ReservationView.parse(view)).toEqual(view);
  });
});

describe('the view of stock', () => {
  const stock = {
    sku: 'tea',
    name: 'Tea',
    settings: { name: 'Tea', shardCount: 1 },
    cells: [
      aCell({
        available: 4,
        held: { [HOLD_BUCKET + 60]: 1, [HOLD_BUCKET]: 2, [NOON_BUCKET]: 5, [HOLD_BUCKET + 120]: 0 },
        committed: 3,
      }),
      aCell({ locationId: 'annex', available: 1, floor: 2, held: { [HOLD_BUCKET]: 2 } }),
    ],
  };

  test('has the quantities by location and in total, with the holds that have not expired', () => {
    const view = toStockView(stock, NOON);

    expect(view).toEqual({
      sku: 'tea',
      name: 'Tea',
      onHand: 18,
      available: 10,
      held: 5,
      committed: 3,
      sellable: 9,
      locations: [
        { locationId: 'main', onHand: 15, available: 9, held: 3, committed: 3, sellable: 9 },
        { locationId: 'annex', onHand: 3, available: 1, held: 2, committed: 0, sellable: 0 },
      ],
      holds: [
        { expiresAt: UNTIL, quantity: 4 },
        { expiresAt: '2026-01-01T12:11:00.000Z', quantity: 1 },
      ],
      settings: { name: 'Tea', shardCount: 1 },
      asOf: AT,
    });
    expect(StockView.parse(view)).toEqual(view);
  });

  test('lists holds in order of their expiry, not of their cells', () => {
    const cells = [
      aCell({ held: { [HOLD_BUCKET + 60]: 1 } }),
      aCell({ locationId: 'annex', held: { [HOLD_BUCKET]: 1 } }),
    ];

    const { holds } = toStockView({ ...stock, cells }, NOON);

    expect(holds.map(({ expiresAt }) => expiresAt)).toEqual([UNTIL, '2026-01-01T12:11:00.000Z']);
  });

  test.each([
    [{}, { sku: 'tea', name: 'tea', shardCount: 1 }],
    [
      { name: 'Green tea', lowStockThreshold: 0 },
      { sku: 'tea', name: 'Green tea', lowStockThreshold: 0, shardCount: 1 },
    ],
  ])('has settings: %o', (settings, view) => {
    expect(toSettingsView(aStockItem(settings))).toEqual(view);
  });
});

describe('the view of a movement', () => {
  const plain = {
    movementId: 'op-1.1',
    at: AT,
    kind: 'RECEIVED',
    quantity: 3,
    from: 'outside',
    to: 'available',
    locationId: 'main',
    by: 'tester',
  };

  test('has both accounts and omits unknown fields', () => {
    const view = toMovementView({ ...aMovement(), locationId: 'main', shard: 0 });

    expect(view).toStrictEqual(plain);
    expect(MovementView.parse(view)).toEqual(view);
  });

  test('is the response to a receipt or an adjustment', () => {
    expect(toEntryView({ cell: homeCellKey('tea', 'annex'), movement: aMovement() })).toStrictEqual(
      {
        ...plain,
        locationId: 'annex',
      },
    );
  });

  test('has all optional fields', () => {
    const known = {
      reservationId: 'res-1',
      orderId: 'ord-1',
      reason: 'damaged',
      note: 'wet',
      reference: 'delivery 17',
    } as const;

    const view = toMovementView({ ...aMovement(known), locationId: 'main', shard: 0 });

    expect(view).toEqual({ ...plain, ...known });
    expect(MovementView.parse(view)).toEqual(view);
  });

  test.each([
    ['into a hold', { account: 'available' }, { account: 'held', bucket: HOLD_BUCKET }, UNTIL],
    ['out of a hold', { account: 'held', bucket: HOLD_BUCKET }, { account: 'committed' }, UNTIL],
    [
      'from a hold to a later one',
      { account: 'held', bucket: NOON_BUCKET },
      { account: 'held', bucket: HOLD_BUCKET },
      UNTIL,
    ],
  ] as const)('%s has the expiry of the hold', (_way, from, to, heldUntil) => {
    expect(
      toMovementView({ ...aMovement({ from, to }), locationId: 'main', shard: 0 }),
    ).toMatchObject({
      from: from.account,
      to: to.account,
      heldUntil,
    });
  });
});
