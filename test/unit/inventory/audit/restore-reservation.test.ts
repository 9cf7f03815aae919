import { describe, expect, test } from 'vitest';
import { mainCellOf } from '../../../../lambdas/inventory/domain/ledger/cell.ts';
import { eventsOf } from '../../../../lambdas/inventory/domain/ledger/events.ts';
import {
  AVAILABLE,
  COMMITTED,
  heldUntil,
  type Movement,
  type MovementKind,
  OUTSIDE,
  type Place,
} from '../../../../lambdas/inventory/domain/ledger/movement.ts';
import {
  decideRestoreReservation,
  type RestoreReservation,
  type Trace,
} from '../../../../lambdas/inventory/domain/reservations/restore-reservation.ts';
import {
  aReservation,
  context,
  NOON,
  NOON_SLOT,
  seconds,
  stateWith,
} from '../../../support/inventory.ts';

const SLOT = NOON_SLOT + 600;
const LATER_SLOT = NOON_SLOT + 900;

let count = 0;
const moved = (
  kind: MovementKind,
  from: Place,
  to: Place,
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
const reserved = (more: Partial<Movement> = {}) =>
  moved('RESERVED', AVAILABLE, heldUntil(SLOT), more);
const traceOf = (...movements: readonly Movement[]): Trace => ({
  cell: mainCellOf('tea'),
  movements,
});
const restoring = (traces: readonly Trace[], quantity = 3): RestoreReservation => ({
  ...context({ now: NOON + seconds(5_000) }),
  reservationId: 'res-1',
  findingId: 'fnd-1',
  lines: [{ sku: 'tea', quantity }],
  traces,
});
const restored = (command: RestoreReservation) => {
  const decision = decideRestoreReservation(stateWith([]), command);
  return decision.ok ? decision.value : decision.refusal.kind;
};

describe('a reservation whose record is lost', () => {
  test.each<[string, readonly Movement[], object]>([
    ['held', [reserved()], { status: 'HELD', heldUntil: SLOT }],
    [
      'extended',
      [reserved(), moved('EXTENDED', heldUntil(SLOT), heldUntil(LATER_SLOT))],
      { status: 'HELD', heldUntil: LATER_SLOT },
    ],
    [
      'committed',
      [reserved(), moved('COMMITTED', heldUntil(SLOT), COMMITTED)],
      { status: 'COMMITTED' },
    ],
    [
      'shipped',
      [
        reserved(),
        moved('COMMITTED', heldUntil(SLOT), COMMITTED),
        moved('SHIPPED', COMMITTED, OUTSIDE),
      ],
      { status: 'FULFILLED' },
    ],
    [
      'released',
      [reserved(), moved('RELEASED', heldUntil(SLOT), AVAILABLE)],
      { status: 'RELEASED' },
    ],
  ])('is written again as its movements left it: %s', (_case, movements, expected) => {
    const made = restored(restoring([traceOf(...movements)]));

    expect(made).toMatchObject({
      value: {
        ...expected,
        orderId: 'res-1',
        lines: [{ ...mainCellOf('tea'), quantity: 3 }],
        repairs: [{ findingId: 'fnd-1', version: 0, action: 'restore' }],
      },
      change: { cells: [], marker: { kind: 'reservation', expectedVersion: undefined } },
    });
  });

  test.each<[string, readonly Movement[], object]>([
    [
      'committed',
      [moved('COMMITTED', heldUntil(SLOT), COMMITTED), reserved()],
      { status: 'COMMITTED' },
    ],
    [
      'shipped',
      [
        moved('COMMITTED', heldUntil(SLOT), COMMITTED),
        moved('SHIPPED', COMMITTED, OUTSIDE),
        reserved(),
      ],
      { status: 'FULFILLED' },
    ],
    [
      'released',
      [moved('RELEASED', heldUntil(SLOT), AVAILABLE), reserved()],
      { status: 'RELEASED' },
    ],
  ])(
    'is written again though its steps have one time, or times of clocks that differ: %s',
    (_case, all, expected) => {
      const atOnce = all.map((movement) => ({ ...movement, at: NOON }));

      expect(restored(restoring([traceOf(...all)]))).toMatchObject({ value: expected });
      expect(restored(restoring([traceOf(...atOnce)]))).toMatchObject({ value: expected });
    },
  );

  test('is written once, whatever record is there meanwhile', () => {
    const command = restoring([traceOf(reserved())]);
    const made = restored(command);
    const after = typeof made === 'string' ? undefined : made.value;
    if (after === undefined) throw new Error('nothing was made');

    const again = decideRestoreReservation(stateWith([], { reservation: after }), command);
    const other = decideRestoreReservation(stateWith([], { reservation: aReservation() }), command);

    expect(again).toEqual({ ok: true, value: { value: after } });
    expect(other).toEqual({ ok: false, refusal: { kind: 'movedOn' } });
  });

  test.each<[string, RestoreReservation]>([
    ['other units than its order', restoring([traceOf(reserved())], 4)],
    ['no movement at all', restoring([])],
    [
      'no movement of its reserving',
      restoring([traceOf(moved('COMMITTED', AVAILABLE, COMMITTED))]),
    ],
    [
      'units that are partly committed',
      restoring([
        traceOf(reserved(), moved('COMMITTED', heldUntil(SLOT), COMMITTED, { quantity: 1 })),
      ]),
    ],
    [
      'lines that say different things',
      {
        ...restoring([
          traceOf(reserved()),
          {
            cell: mainCellOf('cup'),
            movements: [reserved(), moved('COMMITTED', heldUntil(SLOT), COMMITTED)],
          },
        ]),
        lines: [
          { sku: 'tea', quantity: 3 },
          { sku: 'cup', quantity: 3 },
        ],
      },
    ],
  ])('is not written from %s', (_case, command) => {
    expect(restored(command)).toBe('notRepairable');
  });

  test('is of a version above those that name its movements', () => {
    const first = reserved();
    const extended = moved('EXTENDED', heldUntil(SLOT), heldUntil(LATER_SLOT), {
      movementId: 'res-1.extend.7.1',
    });

    expect(restored(restoring([traceOf(first, extended)]))).toMatchObject({
      value: { version: 8 },
    });
  });

  test('is not published a second time', () => {
    const made = restored(
      restoring([traceOf(reserved(), moved('COMMITTED', heldUntil(SLOT), COMMITTED))]),
    );
    const reservation = typeof made === 'string' ? aReservation() : made.value;

    expect(eventsOf(undefined, { type: 'reservation', reservation })).toEqual([]);
  });
});
