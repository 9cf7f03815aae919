import { describe, expect, test } from 'vitest';
import {
  EXPIRY_GRACE_SECONDS,
  mainCellKey,
} from '../../../../lambdas/inventory/domain/ledger/cell.ts';
import { decideCommit } from '../../../../lambdas/inventory/domain/reservations/commit.ts';
import {
  aCell,
  aCellChange,
  aMovement,
  aReservation,
  changeOf,
  commitOf,
  context,
  NOON,
  NOON_BUCKET,
  seconds,
  stateWith,
} from '../../../support/inventory.ts';

const SLOT = NOON_BUCKET + 600;
const commitCommand = { ...context(), reservationId: 'res-1', orderId: 'res-1' };
const committedAccount = { account: 'committed' } as const;

describe('committing', () => {
  test('takes the units from their slot', () => {
    const reservation = aReservation();

    const decision = decideCommit(
      stateWith([aCell({ held: { [SLOT]: 3 } })], { reservation }),
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
            held: { [SLOT]: -3 },
            guard: { expiredThroughBelow: SLOT, heldMin: { [SLOT]: 3 } },
            movements: [
              aMovement({
                movementId: 'res-1.commit.1',
                kind: 'COMMITTED',
                from: { account: 'held', bucket: SLOT },
                to: committedAccount,
                reservationId: 'res-1',
                orderId: 'res-1',
              }),
            ],
          }),
        ],
      },
    });
  });

  test('looks at no clock: hours after the hold lapsed it takes them from the slot all the same', () => {
    const state = stateWith([aCell({ held: { [SLOT]: 3 } })], { reservation: aReservation() });

    const change = changeOf(decideCommit(state, { ...commitCommand, now: NOON + seconds(7200) }));

    expect(change.cells[0]).toMatchObject({
      available: 0,
      committed: 3,
      held: { [SLOT]: -3 },
      expiredBuckets: [],
    });
  });

  test.each(['COMMITTED', 'FULFILLED'] as const)(
    'again, when it is %s, changes nothing',
    (status) => {
      const reservation = aReservation({ status });

      const decision = decideCommit(stateWith([], { reservation }), commitCommand);

      expect(decision).toEqual({ next: 'replay', value: reservation });
    },
  );
});

describe('late rescue, once the slot was folded', () => {
  const commitWith = (available: number) =>
    decideCommit(
      stateWith([aCell({ available, expiredThrough: SLOT })], { reservation: aReservation() }),
      commitCommand,
    );

  test('takes the units from available, while the slot stays folded', () => {
    const change = changeOf(commitWith(3));

    expect(change.cells).toEqual([
      aCellChange({
        available: -3,
        committed: 3,
        guard: { availableMin: 3, expiredThroughMin: SLOT },
        movements: [
          aMovement({
            movementId: 'res-1.commit.1',
            kind: 'COMMITTED',
            from: { account: 'available' },
            to: committedAccount,
            reservationId: 'res-1',
            orderId: 'res-1',
          }),
        ],
      }),
    ]);
  });

  test.each([
    ['one short', 2, 'EXPIRED'],
    ['just enough', 3, 'COMMITTED'],
    ['one more', 4, 'COMMITTED'],
  ])('with %s available', (_case, available, status) => {
    expect(commitOf(commitWith(available)).value.status).toBe(status);
  });

  test.each([
    [SLOT - 1, { available: 0, held: { [SLOT]: -3 } }],
    [SLOT, { available: -3, held: {} }],
    [SLOT + 1, { available: -3, held: {} }],
  ])('is told by the watermark: at %i', (expiredThrough, taken) => {
    const held = { [SLOT]: expiredThrough < SLOT ? 3 : 0 };
    const state = stateWith([aCell({ available: 3, held, expiredThrough })], {
      reservation: aReservation(),
    });

    const change = changeOf(decideCommit(state, commitCommand));

    expect(change.cells[0]).toMatchObject(taken);
  });

  test('folds other holds that have lapsed, where their units are needed', () => {
    const other = SLOT + 60;
    const cell = aCell({ available: 1, held: { [other]: 2 }, expiredThrough: SLOT, version: 9 });
    const now = NOON + seconds(660 + EXPIRY_GRACE_SECONDS);

    const change = changeOf(
      decideCommit(stateWith([cell], { reservation: aReservation() }), { ...commitCommand, now }),
    );

    expect(change.cells[0]).toMatchObject({
      available: -1,
      committed: 3,
      expiredBuckets: [other],
      guard: { availableMin: 1, expiredThroughMin: SLOT, version: 9 },
    });
  });
});

describe('a commit that fails', () => {
  const lines = [
    { ...mainCellKey('tea'), quantity: 3 },
    { ...mainCellKey('cup'), quantity: 1 },
  ];

  test('is written as an outcome: expired, with what was short, and what is still held given back', () => {
    const reservation = aReservation({ lines });
    const cells = [
      aCell({ available: 2, expiredThrough: SLOT }),
      aCell({ sku: 'cup', held: { [SLOT]: 1 } }),
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
            held: { [SLOT]: -1 },
            guard: { expiredThroughBelow: SLOT, heldMin: { [SLOT]: 1 } },
            movements: [
              aMovement({
                movementId: 'res-1.expire.1',
                kind: 'RELEASED',
                quantity: 1,
                from: { account: 'held', bucket: SLOT },
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

  test('for a reservation that was removed, or never made, leaves its mark and moves nothing', () => {
    const decision = decideCommit(stateWith([]), commitCommand);

    const mark = {
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
      value: mark,
      change: {
        operationId: 'res-1.tombstone',
        at: NOON,
        correlationId: 'corr-1',
        idempotencyRecord: { kind: 'reservation', after: mark, expectedVersion: undefined },
        cells: [],
      },
    });
  });

  test.each([
    ['RELEASED', 'RESERVATION_RELEASED'],
    ['EXPIRED', 'RESERVATION_EXPIRED'],
  ] as const)('for what is %s is written once, with code %s', (status, code) => {
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

  test('names the order, though the release that came first did not know it', () => {
    const { orderId: _none, ...tombstone } = aReservation({ status: 'RELEASED', lines: [] });

    const { value } = commitOf(
      decideCommit(stateWith([], { reservation: tombstone }), commitCommand),
    );

    expect(value.orderId).toBe('res-1');
  });

  test('a HELD reservation without a slot is a error', () => {
    const { heldUntil: _none, ...reservation } = aReservation();

    expect(() => decideCommit(stateWith([aCell()], { reservation }), commitCommand)).toThrow(
      'HELD reservation res-1 has no bucket',
    );
  });
});
