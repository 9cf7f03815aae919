import { describe, expect, test } from 'vitest';
import type { MovementKind } from '../../../../lambdas/contracts/api/inventory.ts';
import { mainCellKey } from '../../../../lambdas/inventory/domain/ledger/cell.ts';
import { reject } from '../../../../lambdas/inventory/domain/ledger/decision.ts';
import { eventsOf } from '../../../../lambdas/inventory/domain/ledger/events.ts';
import {
  type AccountRef,
  AVAILABLE,
  COMMITTED,
  heldInBucket,
  type Movement,
  OUTSIDE,
} from '../../../../lambdas/inventory/domain/ledger/movement.ts';
import {
  decideRestoreReservation,
  type ReservationTrace,
  type RestoreReservation,
} from '../../../../lambdas/inventory/domain/reservations/restore-reservation.ts';
import {
  aReservation,
  commitOf,
  context,
  HOLD_BUCKET,
  NOON,
  NOON_BUCKET,
  seconds,
  stateWith,
} from '../../../support/inventory.ts';

const LATER_BUCKET = NOON_BUCKET + 900;

let count = 0;
const aMovementOf = (
  kind: MovementKind,
  from: AccountRef,
  to: AccountRef,
  more: Partial<Movement> = {},
): Movement => {
  count += 1;
  return {
    movementId: `res-1.${kind.toLowerCase()}.1`,
    at: NOON + seconds(count),
    kind,
    quantity: 3,
    from,
    to,
    by: 'tester',
    reservationId: 'res-1',
    orderId: 'res-1',
    ...more,
  };
};
const aReserveMovement = (more: Partial<Movement> = {}) =>
  aMovementOf('RESERVED', AVAILABLE, heldInBucket(HOLD_BUCKET), more);
const traceOf = (...movements: readonly Movement[]): ReservationTrace => ({
  cell: mainCellKey('tea'),
  movements,
});
const restoreCommand = (traces: readonly ReservationTrace[], quantity = 3): RestoreReservation => ({
  ...context({ now: NOON + seconds(5_000) }),
  reservationId: 'res-1',
  findingId: 'fnd-1',
  lines: [{ sku: 'tea', quantity }],
  traces,
});
const restore = (command: RestoreReservation) => {
  const decision = decideRestoreReservation(stateWith([]), command);
  return decision.next === 'reject' ? decision.error.kind : commitOf(decision);
};

describe('a lost reservation record', () => {
  test.each<[string, readonly Movement[], object]>([
    ['held', [aReserveMovement()], { status: 'HELD', heldUntil: HOLD_BUCKET }],
    [
      'extended',
      [
        aReserveMovement(),
        aMovementOf('EXTENDED', heldInBucket(HOLD_BUCKET), heldInBucket(LATER_BUCKET)),
      ],
      { status: 'HELD', heldUntil: LATER_BUCKET },
    ],
    [
      'committed',
      [aReserveMovement(), aMovementOf('COMMITTED', heldInBucket(HOLD_BUCKET), COMMITTED)],
      { status: 'COMMITTED' },
    ],
    [
      'shipped',
      [
        aReserveMovement(),
        aMovementOf('COMMITTED', heldInBucket(HOLD_BUCKET), COMMITTED),
        aMovementOf('SHIPPED', COMMITTED, OUTSIDE),
      ],
      { status: 'FULFILLED' },
    ],
    [
      'released',
      [aReserveMovement(), aMovementOf('RELEASED', heldInBucket(HOLD_BUCKET), AVAILABLE)],
      { status: 'RELEASED' },
    ],
  ])('is restored with the status of its movements: %s', (_case, movements, expected) => {
    const restored = restore(restoreCommand([traceOf(...movements)]));

    expect(restored).toMatchObject({
      value: {
        ...expected,
        orderId: 'res-1',
        lines: [{ ...mainCellKey('tea'), quantity: 3 }],
        repairs: [{ findingId: 'fnd-1', version: 0, action: 'restore' }],
      },
      change: {
        cells: [],
        idempotencyRecord: { kind: 'reservation', expectedVersion: undefined },
      },
    });
  });

  test.each<[string, readonly Movement[], object]>([
    [
      'committed',
      [aMovementOf('COMMITTED', heldInBucket(HOLD_BUCKET), COMMITTED), aReserveMovement()],
      { status: 'COMMITTED' },
    ],
    [
      'shipped',
      [
        aMovementOf('COMMITTED', heldInBucket(HOLD_BUCKET), COMMITTED),
        aMovementOf('SHIPPED', COMMITTED, OUTSIDE),
        aReserveMovement(),
      ],
      { status: 'FULFILLED' },
    ],
    [
      'released',
      [aMovementOf('RELEASED', heldInBucket(HOLD_BUCKET), AVAILABLE), aReserveMovement()],
      { status: 'RELEASED' },
    ],
  ])(
    'is restored when its steps have the same time, or times of clocks that differ: %s',
    (_case, all, expected) => {
      const atOnce = all.map((movement) => ({ ...movement, at: NOON }));

      expect(restore(restoreCommand([traceOf(...all)]))).toMatchObject({ value: expected });
      expect(restore(restoreCommand([traceOf(...atOnce)]))).toMatchObject({ value: expected });
    },
  );

  test('is restored once, and never over another record', () => {
    const command = restoreCommand([traceOf(aReserveMovement())]);
    const restored = restore(command);
    const after = typeof restored === 'string' ? undefined : restored.value;
    if (after === undefined) throw new Error('the reservation was not restored');

    const again = decideRestoreReservation(stateWith([], { reservation: after }), command);
    const other = decideRestoreReservation(stateWith([], { reservation: aReservation() }), command);

    expect(again).toEqual({ next: 'replay', value: after });
    expect(other).toEqual(reject({ kind: 'versionConflict' }));
  });

  test.each<[string, RestoreReservation]>([
    [
      'a number of units that differs from the order',
      restoreCommand([traceOf(aReserveMovement())], 4),
    ],
    ['no movement', restoreCommand([])],
    [
      'movements without the one of its hold',
      restoreCommand([traceOf(aMovementOf('COMMITTED', AVAILABLE, COMMITTED))]),
    ],
    [
      'units that are partly committed',
      restoreCommand([
        traceOf(
          aReserveMovement(),
          aMovementOf('COMMITTED', heldInBucket(HOLD_BUCKET), COMMITTED, { quantity: 1 }),
        ),
      ]),
    ],
    [
      'lines with different statuses',
      {
        ...restoreCommand([
          traceOf(aReserveMovement()),
          {
            cell: mainCellKey('cup'),
            movements: [
              aReserveMovement(),
              aMovementOf('COMMITTED', heldInBucket(HOLD_BUCKET), COMMITTED),
            ],
          },
        ]),
        lines: [
          { sku: 'tea', quantity: 3 },
          { sku: 'cup', quantity: 3 },
        ],
      },
    ],
  ])('is not restored from %s', (_case, command) => {
    expect(restore(command)).toBe('notRepairable');
  });

  test('gets a version above those in the ids of its movements', () => {
    const first = aReserveMovement();
    const extended = aMovementOf(
      'EXTENDED',
      heldInBucket(HOLD_BUCKET),
      heldInBucket(LATER_BUCKET),
      {
        movementId: 'res-1.extend.7.1',
      },
    );

    expect(restore(restoreCommand([traceOf(first, extended)]))).toMatchObject({
      value: { version: 8 },
    });
  });

  test('is not published again', () => {
    const restored = restore(
      restoreCommand([
        traceOf(aReserveMovement(), aMovementOf('COMMITTED', heldInBucket(HOLD_BUCKET), COMMITTED)),
      ]),
    );
    const reservation = typeof restored === 'string' ? aReservation() : restored.value;

    expect(eventsOf(undefined, { type: 'reservation', reservation })).toEqual([]);
  });
});
