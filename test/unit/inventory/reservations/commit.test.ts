import { describe, expect, test } from 'vitest';
import {
  EXPIRY_GRACE_SECONDS,
  mainCellKey,
} from '../../../../lambdas/inventory/domain/ledger/cell.ts';
import { COMMITTED } from '../../../../lambdas/inventory/domain/ledger/movement.ts';
import { decideCommit } from '../../../../lambdas/inventory/domain/reservations/commit.ts';
import {
  aCell,
  aCellChange,
  aMovement,
  aReservation,
  changeOf,
  commitOf,
  context,
  HOLD_BUCKET,
  NOON,
  seconds,
  stateWith,
} from '../../../support/inventory.ts';

const commitCommand = { ...context(), reservationId: 'res-1', orderId: 'res-1' };

describe('a commit', () => {
  test('takes the units from their bucket', () => {
    const reservation = aReservation();

    const decision = decideCommit(
      stateWith([aCell({ held: { [HOLD_BUCKET]: 3 } })], { reservation }),
      commitCommand,
    );

    const after = { ...reservation, status: 'COMMITTED', version: 2, correlationId: 'corr-1' };
    expect(decision).toEqual({
      next: 'commit',
      value: after,
      change: {
        operationId: 'res-1.commit',
        at: NOON,
        correlationId: 'corr-1',
        idempotencyRecord: { kind: 'reservation', after, expectedVersion: 1 },
        cells: [
          aCellChange({
            committed: 3,
            held: { [HOLD_BUCKET]: -3 },
            guard: { expiredThroughBelow: HOLD_BUCKET, heldMin: { [HOLD_BUCKET]: 3 } },
            movements: [
              aMovement({
                movementId: 'res-1.commit.1',
                kind: 'COMMITTED',
                from: { account: 'held', bucket: HOLD_BUCKET },
                to: COMMITTED,
                reservationId: 'res-1',
                orderId: 'res-1',
              }),
            ],
          }),
        ],
      },
    });
  });

  test('does not depend on the time: hours after the expiry it takes them from the bucket', () => {
    const state = stateWith([aCell({ held: { [HOLD_BUCKET]: 3 } })], {
      reservation: aReservation(),
    });

    const change = changeOf(decideCommit(state, { ...commitCommand, now: NOON + seconds(7200) }));

    expect(change.cells[0]).toMatchObject({
      available: 0,
      committed: 3,
      held: { [HOLD_BUCKET]: -3 },
      expiredBuckets: [],
    });
  });

  test.each(['COMMITTED', 'FULFILLED'] as const)(
    'of a %s reservation changes nothing',
    (status) => {
      const reservation = aReservation({ status });

      const decision = decideCommit(stateWith([], { reservation }), commitCommand);

      expect(decision).toEqual({ next: 'replay', value: reservation });
    },
  );
});

describe('a late commit, after the bucket was released', () => {
  const commitWith = (available: number) =>
    decideCommit(
      stateWith([aCell({ available, expiredThrough: HOLD_BUCKET })], {
        reservation: aReservation(),
      }),
      commitCommand,
    );

  test('takes the units from available, guarded by the watermark', () => {
    const change = changeOf(commitWith(3));

    expect(change.cells).toEqual([
      aCellChange({
        available: -3,
        committed: 3,
        guard: { availableMin: 3, expiredThroughMin: HOLD_BUCKET },
        movements: [
          aMovement({
            movementId: 'res-1.commit.1',
            kind: 'COMMITTED',
            from: { account: 'available' },
            to: COMMITTED,
            reservationId: 'res-1',
            orderId: 'res-1',
          }),
        ],
      }),
    ]);
  });

  test.each([
    ['one unit less than needed', 2, 'EXPIRED'],
    ['as many as needed', 3, 'COMMITTED'],
    ['one unit more than needed', 4, 'COMMITTED'],
  ])('is decided by the available units: %s', (_case, available, status) => {
    expect(commitOf(commitWith(available)).value.status).toBe(status);
  });

  test.each([
    [HOLD_BUCKET - 1, { available: 0, held: { [HOLD_BUCKET]: -3 } }],
    [HOLD_BUCKET, { available: -3, held: {} }],
    [HOLD_BUCKET + 1, { available: -3, held: {} }],
  ])('is recognized by the watermark: %i', (expiredThrough, taken) => {
    const held = { [HOLD_BUCKET]: expiredThrough < HOLD_BUCKET ? 3 : 0 };
    const state = stateWith([aCell({ available: 3, held, expiredThrough })], {
      reservation: aReservation(),
    });

    const change = changeOf(decideCommit(state, commitCommand));

    expect(change.cells[0]).toMatchObject(taken);
  });

  test('releases other expired buckets when their units are needed', () => {
    const other = HOLD_BUCKET + 60;
    const cell = aCell({
      available: 1,
      held: { [other]: 2 },
      expiredThrough: HOLD_BUCKET,
      version: 9,
    });
    const now = NOON + seconds(660 + EXPIRY_GRACE_SECONDS);

    const change = changeOf(
      decideCommit(stateWith([cell], { reservation: aReservation() }), { ...commitCommand, now }),
    );

    expect(change.cells[0]).toMatchObject({
      available: -1,
      committed: 3,
      expiredBuckets: [other],
      guard: { availableMin: 1, expiredThroughMin: HOLD_BUCKET, version: 9 },
    });
  });
});

describe('a failed commit', () => {
  const lines = [
    { ...mainCellKey('tea'), quantity: 3 },
    { ...mainCellKey('cup'), quantity: 1 },
  ];

  test('is recorded as EXPIRED with its shortages, and releases the units that are still held', () => {
    const reservation = aReservation({ lines });
    const cells = [
      aCell({ available: 2, expiredThrough: HOLD_BUCKET }),
      aCell({ sku: 'cup', held: { [HOLD_BUCKET]: 1 } }),
    ];

    const decision = decideCommit(stateWith(cells, { reservation }), commitCommand);

    const after = {
      ...reservation,
      status: 'EXPIRED',
      commitFailure: {
        code: 'RESERVATION_EXPIRED',
        shortages: [{ sku: 'tea', requested: 3, available: 2 }],
      },
      version: 2,
      correlationId: 'corr-1',
    };
    expect(decision).toEqual({
      next: 'commit',
      value: after,
      unconfirmed: [{ sku: 'tea', requested: 3, available: 2 }],
      change: {
        operationId: 'res-1.expire',
        at: NOON,
        correlationId: 'corr-1',
        idempotencyRecord: { kind: 'reservation', after, expectedVersion: 1 },
        cells: [
          aCellChange({
            cell: mainCellKey('cup'),
            available: 1,
            held: { [HOLD_BUCKET]: -1 },
            guard: { expiredThroughBelow: HOLD_BUCKET, heldMin: { [HOLD_BUCKET]: 1 } },
            movements: [
              aMovement({
                movementId: 'res-1.expire.1',
                kind: 'RELEASED',
                quantity: 1,
                from: { account: 'held', bucket: HOLD_BUCKET },
                to: { account: 'available' },
                reservationId: 'res-1',
                orderId: 'res-1',
              }),
            ],
          }),
        ],
      },
    });
  });

  test('of an unknown reservation writes a tombstone and moves nothing', () => {
    const decision = decideCommit(stateWith([]), commitCommand);

    const tombstone = {
      reservationId: 'res-1',
      status: 'EXPIRED',
      lines: [],
      orderId: 'res-1',
      extensions: [],
      commitFailure: { code: 'RESERVATION_UNKNOWN', shortages: [] },
      version: 1,
      createdAt: '2026-01-01T12:00:00.000Z',
      updatedAt: '2026-01-01T12:00:00.000Z',
      correlationId: 'corr-1',
    };
    expect(decision).toEqual({
      next: 'commit',
      value: tombstone,
      change: {
        operationId: 'res-1.tombstone',
        at: NOON,
        correlationId: 'corr-1',
        idempotencyRecord: { kind: 'reservation', after: tombstone, expectedVersion: undefined },
        cells: [],
      },
    });
  });

  test.each([
    ['RELEASED', 'RESERVATION_RELEASED'],
    ['EXPIRED', 'RESERVATION_EXPIRED'],
  ] as const)('of a reservation that is %s is recorded once, with code %s', (status, code) => {
    const reservation = aReservation({ status });

    const first = commitOf(decideCommit(stateWith([], { reservation }), commitCommand));
    const second = decideCommit(stateWith([], { reservation: first.value }), commitCommand);

    expect(first.value).toEqual({
      ...reservation,
      commitFailure: { code, shortages: [] },
      version: 2,
      correlationId: 'corr-1',
    });
    expect(first.change?.cells).toEqual([]);
    expect(second).toEqual({ next: 'replay', value: first.value });
  });

  test('has the order id, even if the earlier release did not have it', () => {
    const { orderId: _none, ...tombstone } = aReservation({ status: 'RELEASED', lines: [] });

    const { value } = commitOf(
      decideCommit(stateWith([], { reservation: tombstone }), commitCommand),
    );

    expect(value.orderId).toBe('res-1');
  });

  test('throws for a HELD reservation without a bucket', () => {
    const { heldUntil: _none, ...reservation } = aReservation();

    expect(() => decideCommit(stateWith([aCell()], { reservation }), commitCommand)).toThrow(
      'HELD reservation res-1 has no bucket',
    );
  });
});
