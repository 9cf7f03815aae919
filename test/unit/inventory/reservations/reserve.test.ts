import { describe, expect, test } from 'vitest';
import { EXPIRY_GRACE_SECONDS } from '../../../../lambdas/inventory/domain/ledger/cell.ts';
import { reject } from '../../../../lambdas/inventory/domain/ledger/decision.ts';
import { AVAILABLE } from '../../../../lambdas/inventory/domain/ledger/movement.ts';
import {
  aCell,
  aCellChange,
  aMovement,
  aReservation,
  changeOf,
  commitOf,
  HOLD_BUCKET,
  NOON,
  NOON_BUCKET,
  reserveCommand,
  seconds,
  stateWith,
} from '../../../support/inventory.ts';
import { decideReserve } from '../../../support/reserve.ts';

const held = { account: 'held', bucket: HOLD_BUCKET } as const;
const one = (sku: string, quantity: number) => reserveCommand({ lines: [{ sku, quantity }] });

describe('a hold', () => {
  test('moves the units from available into the bucket and writes the reservation, in one change', () => {
    const state = stateWith([aCell({ available: 5 })]);

    const decision = decideReserve(state, reserveCommand({ orderId: 'ord-1' }));

    const reservation = aReservation({
      orderId: 'ord-1',
      heldUntil: HOLD_BUCKET,
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
            held: { [HOLD_BUCKET]: 3 },
            guard: { availableMin: 3, expiredThroughBelow: HOLD_BUCKET, floor: null },
            movements: [
              aMovement({
                movementId: 'res-1.reserve.1',
                kind: 'RESERVED',
                quantity: 3,
                from: AVAILABLE,
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
    ['one unit less than needed', 4, false],
    ['as many as needed', 5, true],
    ['one unit more than needed', 6, true],
  ])('is decided by the available units: %s', (_case, units, ok) => {
    const decision = decideReserve(stateWith([aCell({ available: units })]), one('tea', 5));

    expect(decision.next === 'commit').toBe(ok);
  });

  test('is rejected with the SKUs that are short, and only those', () => {
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
          { sku: 'tea', requested: 5, available: 4, at: [{ locationId: 'main', available: 4 }] },
          { sku: 'pot', requested: 1, available: 0, at: [{ locationId: 'main', available: 0 }] },
        ],
      }),
    );
  });

  test('is rejected with each unknown SKU once, before any shortage', () => {
    const lines = [
      { sku: 'tea', quantity: 9 },
      { sku: 'ghost', quantity: 1 },
      { sku: 'ghost', quantity: 2 },
    ];

    const decision = decideReserve(stateWith([aCell()]), reserveCommand({ lines }));

    expect(decision).toMatchObject(reject({ kind: 'unknownSku', skus: ['ghost'] }));
  });

  test('needs the units of merged lines together', () => {
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

  test('numbers its movements over all cells of the change', () => {
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

describe('the bucket of a hold', () => {
  const bucketAt = (now: number, expiredThrough = 0) =>
    commitOf(
      decideReserve(stateWith([aCell({ available: 5, expiredThrough })]), reserveCommand({ now })),
    ).value.reservation.heldUntil;

  test.each([
    ['a millisecond before a boundary', NOON - 1, HOLD_BUCKET],
    ['on a boundary', NOON, HOLD_BUCKET],
    ['a millisecond after a boundary', NOON + 1, HOLD_BUCKET + 60],
  ])('%s is the first end of a bucket that is late enough', (_moment, now, bucket) => {
    expect(bucketAt(now)).toBe(bucket);
  });

  test.each([
    [HOLD_BUCKET - 1, HOLD_BUCKET],
    [HOLD_BUCKET, HOLD_BUCKET + 60],
    [HOLD_BUCKET + 1, HOLD_BUCKET + 60],
  ])(
    'with the watermark at %i is later than it, in case a clock is behind',
    (watermark, bucket) => {
      expect(bucketAt(NOON, watermark)).toBe(bucket);
    },
  );

  test('is the same for all lines, and later than the watermark of each cell', () => {
    const state = stateWith([
      aCell({ available: 5 }),
      aCell({ sku: 'cup', available: 5, expiredThrough: HOLD_BUCKET }),
    ]);
    const lines = [
      { sku: 'tea', quantity: 1 },
      { sku: 'cup', quantity: 1 },
    ];

    const change = changeOf(decideReserve(state, reserveCommand({ lines })));

    expect(change.cells.map((cell) => cell.held)).toEqual([
      { [HOLD_BUCKET + 60]: 1 },
      { [HOLD_BUCKET + 60]: 1 },
    ]);
  });
});

describe('a hold in a cell with expired buckets', () => {
  const expired = { [NOON_BUCKET]: 2 };
  const reserveAfter = (graceSeconds: number, quantity: number, units = 3) =>
    decideReserve(
      stateWith([aCell({ available: units, held: expired, version: 7 })]),
      reserveCommand({ now: NOON + seconds(graceSeconds), lines: [{ sku: 'tea', quantity }] }),
    );

  test('releases them in the same change, guarded by the version', () => {
    const change = changeOf(reserveAfter(EXPIRY_GRACE_SECONDS, 4));

    const bucket = HOLD_BUCKET + 60;
    expect(change.cells).toEqual([
      aCellChange({
        available: -2,
        held: { [bucket]: 4 },
        expiredBuckets: [NOON_BUCKET],
        guard: { availableMin: 2, expiredThroughBelow: bucket, version: 7, floor: null },
        movements: [
          aMovement({
            movementId: 'res-1.reserve.1',
            at: NOON + seconds(EXPIRY_GRACE_SECONDS),
            kind: 'EXPIRED',
            quantity: 2,
            from: { account: 'held', bucket: NOON_BUCKET },
            to: AVAILABLE,
            reservationId: 'res-1',
          }),
          aMovement({
            movementId: 'res-1.reserve.2',
            at: NOON + seconds(EXPIRY_GRACE_SECONDS),
            kind: 'RESERVED',
            quantity: 4,
            from: AVAILABLE,
            to: { account: 'held', bucket },
            reservationId: 'res-1',
          }),
        ],
      }),
    ]);
  });

  test('needs no available units when the released ones suffice', () => {
    const [cell] = changeOf(reserveAfter(EXPIRY_GRACE_SECONDS, 1)).cells;

    expect(cell?.available).toBe(1);
    expect(cell?.guard.availableMin).toBe(0);
  });

  test.each([
    [EXPIRY_GRACE_SECONDS - 1, []],
    [EXPIRY_GRACE_SECONDS, [NOON_BUCKET]],
    [EXPIRY_GRACE_SECONDS + 1, [NOON_BUCKET]],
  ])(
    'waits for the grace time while their units are not needed: %i s after the end',
    (late, released) => {
      expect(changeOf(reserveAfter(late, 3)).cells[0]?.expiredBuckets).toEqual(released);
    },
  );

  test('does not wait when their units are needed, so no expired hold causes "out of stock"', () => {
    const [cell] = changeOf(reserveAfter(0, 5)).cells;

    expect(cell).toMatchObject({
      available: -3,
      expiredBuckets: [NOON_BUCKET],
      guard: { availableMin: 3, version: 7 },
    });
  });

  test('does not release buckets within the grace time while older ones suffice', () => {
    const recent = NOON_BUCKET + 60;
    const cell = aCell({ available: 1, held: { [NOON_BUCKET]: 2, [recent]: 4 } });
    const now = NOON + seconds(60);

    const change = changeOf(decideReserve(stateWith([cell]), reserveCommand({ now })));

    expect(change.cells[0]?.expiredBuckets).toEqual([NOON_BUCKET]);
  });

  test('counts expired units as available in a shortage', () => {
    expect(reserveAfter(0, 6)).toMatchObject(
      reject({
        kind: 'insufficientStock',
        shortages: [{ sku: 'tea', requested: 6, available: 5 }],
      }),
    );
  });

  test('releases an empty bucket without a movement', () => {
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
    'returns the reservation of the first request, even if it is %s',
    (status) => {
      const reservation = aReservation({ status });

      const decision = decideReserve(stateWith([], { reservation }), reserveCommand());

      expect(decision).toEqual({ next: 'replay', value: { reservation, isRepeat: true } });
    },
  );

  test('with another body and the same id is rejected', () => {
    const reservation = aReservation();

    const decision = decideReserve(
      stateWith([], { reservation }),
      reserveCommand({ fingerprint: 'other' }),
    );

    expect(decision).toMatchObject(reject({ kind: 'keyReused' }));
  });

  test('is rejected when the release arrived first', () => {
    const { fingerprint: _none, ...tombstone } = aReservation({ status: 'RELEASED', lines: [] });

    const decision = decideReserve(
      stateWith([aCell({ available: 9 })], { reservation: tombstone }),
      reserveCommand(),
    );

    expect(decision).toMatchObject(reject({ kind: 'alreadyReleased' }));
  });
});
