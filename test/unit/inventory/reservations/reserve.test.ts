import { describe, expect, test } from 'vitest';
import {
  EXPIRY_GRACE_SECONDS,
  homeCellKey,
  mainCellKey,
} from '../../../../lambdas/inventory/domain/ledger/cell.ts';
import { reject } from '../../../../lambdas/inventory/domain/ledger/decision.ts';
import { decideReserve } from '../../../../lambdas/inventory/domain/reservations/reserve.ts';
import {
  aCell,
  aCellChange,
  aMovement,
  aReservation,
  changeOf,
  commitOf,
  NOON,
  NOON_BUCKET,
  reserveCommand,
  seconds,
  stateWith,
} from '../../../support/inventory.ts';

const SLOT = NOON_BUCKET + 600;
const held = { account: 'held', bucket: SLOT } as const;
const available = { account: 'available' } as const;
const one = (sku: string, quantity: number) => reserveCommand({ lines: [{ sku, quantity }] });

describe('reserving', () => {
  test('moves the units from available into the slot and marks the reservation, in one change', () => {
    const state = stateWith([aCell({ available: 5 })]);

    const decision = decideReserve(state, reserveCommand({ orderId: 'ord-1' }));

    const reservation = aReservation({
      orderId: 'ord-1',
      heldUntil: SLOT,
      correlationId: 'corr-1',
    });
    expect(decision).toEqual({
      next: 'commit',
      value: { reservation, isRepeat: false },
      change: {
        operationId: 'res-1.reserve',
        at: NOON,
        correlationId: 'corr-1',
        idempotencyRecord: {
          kind: 'reservation',
          after: reservation,
          expectedVersion: undefined,
        },
        cells: [
          aCellChange({
            available: -3,
            held: { [SLOT]: 3 },
            guard: { availableMin: 3, expiredThroughBelow: SLOT },
            movements: [
              aMovement({
                movementId: 'res-1.reserve.1',
                kind: 'RESERVED',
                quantity: 3,
                from: available,
                to: held,
                reservationId: 'res-1',
                orderId: 'ord-1',
              }),
            ],
          }),
        ],
      },
    });
  });

  test.each([
    ['one short', 4, false],
    ['just enough', 5, true],
    ['one more', 6, true],
  ])('with %s available', (_case, units, ok) => {
    const decision = decideReserve(stateWith([aCell({ available: units })]), one('tea', 5));

    expect(decision.next === 'commit').toBe(ok);
  });

  test('refuses with what is short, and only that', () => {
    const state = stateWith([
      aCell({ available: 4 }),
      aCell({ sku: 'cup', available: 9 }),
      aCell({ sku: 'pot' }),
    ]);
    const lines = [
      { sku: 'tea', quantity: 5 },
      { sku: 'cup', quantity: 9 },
      { sku: 'pot', quantity: 1 },
    ];

    const decision = decideReserve(state, reserveCommand({ lines }));

    expect(decision).toMatchObject(
      reject({
        kind: 'insufficientStock',
        shortages: [
          { sku: 'tea', requested: 5, available: 4 },
          { sku: 'pot', requested: 1, available: 0 },
        ],
      }),
    );
  });

  test('refuses a sku without a main cell, each once, before it looks at any count', () => {
    const lines = [
      { sku: 'tea', quantity: 9 },
      { sku: 'ghost', quantity: 1 },
      { sku: 'ghost', quantity: 2, locationId: 'annex' },
    ];

    const decision = decideReserve(stateWith([aCell()]), reserveCommand({ lines }));

    expect(decision).toMatchObject(reject({ kind: 'unknownSku', skus: ['ghost'] }));
  });

  test('a location where a known sku has no cell has nothing available', () => {
    const lines = [{ sku: 'tea', quantity: 1, locationId: 'annex' }];

    const decision = decideReserve(stateWith([aCell({ available: 5 })]), reserveCommand({ lines }));

    expect(decision).toMatchObject(
      reject({
        kind: 'insufficientStock',
        shortages: [{ sku: 'tea', requested: 1, available: 0 }],
      }),
    );
  });

  test('lines of one cell are merged; another location is another line', () => {
    const state = stateWith([
      aCell({ available: 5 }),
      aCell({ sku: 'tea', locationId: 'annex', available: 5 }),
    ]);
    const lines = [
      { sku: 'tea', quantity: 1 },
      { sku: 'tea', quantity: 2, locationId: 'annex' },
      { sku: 'tea', quantity: 3, locationId: 'main' },
    ];

    const { value, change } = commitOf(decideReserve(state, reserveCommand({ lines })));

    expect(value.reservation.lines).toEqual([
      { ...mainCellKey('tea'), quantity: 4 },
      { ...homeCellKey('tea', 'annex'), quantity: 2 },
    ]);
    expect(change?.cells.map(({ available }) => available)).toEqual([-4, -2]);
  });

  test('merged lines must be there together: each alone would not be refused', () => {
    const lines = [
      { sku: 'tea', quantity: 3 },
      { sku: 'tea', quantity: 3 },
    ];

    const decision = decideReserve(stateWith([aCell({ available: 5 })]), reserveCommand({ lines }));

    expect(decision).toMatchObject(
      reject({
        kind: 'insufficientStock',
        shortages: [{ sku: 'tea', requested: 6, available: 5 }],
      }),
    );
  });

  test('movements are numbered over all cells of the change', () => {
    const state = stateWith([aCell({ available: 5 }), aCell({ sku: 'cup', available: 5 })]);
    const lines = [
      { sku: 'tea', quantity: 1 },
      { sku: 'cup', quantity: 1 },
    ];

    const change = changeOf(decideReserve(state, reserveCommand({ lines })));

    expect(
      change.cells.flatMap(({ movements }) => movements.map(({ movementId }) => movementId)),
    ).toEqual(['res-1.reserve.1', 'res-1.reserve.2']);
  });
});

describe('the slot of a hold', () => {
  const slotAt = (now: number, expiredThrough = 0) =>
    commitOf(
      decideReserve(stateWith([aCell({ available: 5, expiredThrough })]), reserveCommand({ now })),
    ).value.reservation.heldUntil;

  test.each([
    ['a millisecond before a boundary', NOON - 1, SLOT],
    ['on a boundary', NOON, SLOT],
    ['a millisecond after a boundary', NOON + 1, SLOT + 60],
  ])('%s is the first end of a slot at or after now and its time', (_moment, now, slot) => {
    expect(slotAt(now)).toBe(slot);
  });

  test.each([
    [SLOT - 1, SLOT],
    [SLOT, SLOT + 60],
    [SLOT + 1, SLOT + 60],
  ])('with the watermark at %i is past it, for a clock that is behind', (watermark, slot) => {
    expect(slotAt(NOON, watermark)).toBe(slot);
  });

  test('is one for all lines: past the watermark of each cell', () => {
    const state = stateWith([
      aCell({ available: 5 }),
      aCell({ sku: 'cup', available: 5, expiredThrough: SLOT }),
    ]);
    const lines = [
      { sku: 'tea', quantity: 1 },
      { sku: 'cup', quantity: 1 },
    ];

    const change = changeOf(decideReserve(state, reserveCommand({ lines })));

    expect(change.cells.map((cell) => cell.held)).toEqual([{ [SLOT + 60]: 1 }, { [SLOT + 60]: 1 }]);
  });
});

describe('folding on the way', () => {
  const lapsed = { [NOON_BUCKET]: 2 };
  const reserveAfter = (graceSeconds: number, quantity: number, units = 3) =>
    decideReserve(
      stateWith([aCell({ available: units, held: lapsed, version: 7 })]),
      reserveCommand({ now: NOON + seconds(graceSeconds), lines: [{ sku: 'tea', quantity }] }),
    );

  test('folds what has lapsed in the same change, under the version that was read', () => {
    const change = changeOf(reserveAfter(EXPIRY_GRACE_SECONDS, 4));

    const bucket = SLOT + 60;
    expect(change.cells).toEqual([
      aCellChange({
        available: -2,
        held: { [bucket]: 4 },
        expiredBuckets: [NOON_BUCKET],
        guard: { availableMin: 2, expiredThroughBelow: bucket, version: 7 },
        movements: [
          aMovement({
            movementId: 'res-1.reserve.1',
            at: NOON + seconds(EXPIRY_GRACE_SECONDS),
            kind: 'EXPIRED',
            quantity: 2,
            from: { account: 'held', bucket: NOON_BUCKET },
            to: available,
            reservationId: 'res-1',
          }),
          aMovement({
            movementId: 'res-1.reserve.2',
            at: NOON + seconds(EXPIRY_GRACE_SECONDS),
            kind: 'RESERVED',
            quantity: 4,
            from: available,
            to: { account: 'held', bucket },
            reservationId: 'res-1',
          }),
        ],
      }),
    ]);
  });

  test('needs nothing of available when the folded units are more than it wants', () => {
    const [cell] = changeOf(reserveAfter(EXPIRY_GRACE_SECONDS, 1)).cells;

    expect(cell?.available).toBe(1);
    expect(cell?.guard.availableMin).toBe(0);
  });

  test.each([
    [EXPIRY_GRACE_SECONDS - 1, []],
    [EXPIRY_GRACE_SECONDS, [NOON_BUCKET]],
    [EXPIRY_GRACE_SECONDS + 1, [NOON_BUCKET]],
  ])('waits for the grace while the units are not wanted: %i s after the end', (late, folds) => {
    expect(changeOf(reserveAfter(late, 3)).cells[0]?.expiredBuckets).toEqual(folds);
  });

  test('does not wait for it when they are: a lapsed hold never makes anyone see "out of stock"', () => {
    const [cell] = changeOf(reserveAfter(0, 5)).cells;

    expect(cell).toMatchObject({
      available: -3,
      expiredBuckets: [NOON_BUCKET],
      guard: { availableMin: 3, version: 7 },
    });
  });

  test('folds no slot within the grace while those past it suffice', () => {
    const recent = NOON_BUCKET + 60;
    const cell = aCell({ available: 1, held: { [NOON_BUCKET]: 2, [recent]: 4 } });
    const now = NOON + seconds(60);

    const change = changeOf(decideReserve(stateWith([cell]), reserveCommand({ now })));

    expect(change.cells[0]?.expiredBuckets).toEqual([NOON_BUCKET]);
  });

  test('counts as available in a shortage what has lapsed', () => {
    expect(reserveAfter(0, 6)).toMatchObject(
      reject({
        kind: 'insufficientStock',
        shortages: [{ sku: 'tea', requested: 6, available: 5 }],
      }),
    );
  });

  test('an empty slot is folded without a movement', () => {
    const state = stateWith([aCell({ available: 3, held: { [NOON_BUCKET]: 0 } })]);

    const [cell] = changeOf(
      decideReserve(state, reserveCommand({ now: NOON + seconds(60) })),
    ).cells;

    expect(cell?.expiredBuckets).toEqual([NOON_BUCKET]);
    expect(cell?.movements.map(({ kind }) => kind)).toEqual(['RESERVED']);
  });
});

describe('a repeat', () => {
  test.each(['HELD', 'COMMITTED', 'FULFILLED', 'RELEASED', 'EXPIRED'] as const)(
    'answers the reservation that the first request made, though it is %s since',
    (status) => {
      const reservation = aReservation({ status });

      const decision = decideReserve(stateWith([], { reservation }), reserveCommand());

      expect(decision).toEqual({ next: 'replay', value: { reservation, isRepeat: true } });
    },
  );

  test('with another body under the same id is refused', () => {
    const reservation = aReservation();

    const decision = decideReserve(
      stateWith([], { reservation }),
      reserveCommand({ fingerprint: 'other' }),
    );

    expect(decision).toMatchObject(reject({ kind: 'keyReused' }));
  });

  test('that finds a tombstone is refused: the release came first', () => {
    const { fingerprint: _none, ...tombstone } = aReservation({ status: 'RELEASED', lines: [] });

    const decision = decideReserve(
      stateWith([aCell({ available: 9 })], { reservation: tombstone }),
      reserveCommand(),
    );

    expect(decision).toMatchObject(reject({ kind: 'alreadyReleased' }));
  });
});
