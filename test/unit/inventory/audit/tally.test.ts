import { expect, test } from 'vitest';
import { addEntry, emptyTally } from '../../../../lambdas/inventory/domain/audit/tally.ts';
import {
  AVAILABLE,
  COMMITTED,
  heldUntil,
  type Movement,
  type MovementKind,
  OUTSIDE,
  type Place,
} from '../../../../lambdas/inventory/domain/ledger/movement.ts';
import { NOON, NOON_SLOT, seconds } from '../../../support/inventory.ts';

const HELD = heldUntil(NOON_SLOT + 600);

const moved = (kind: MovementKind, from: Place, to: Place, at: number): Movement => ({
  movementId: `res-1.${kind.toLowerCase()}.1`,
  at,
  kind,
  quantity: 3,
  from,
  to,
  by: 'tester',
  reservationId: 'res-1',
});

test.each([
  ['at one time', NOON],
  ['by a clock that was behind', NOON - seconds(1)],
])('a reservation is over once its units left it, also where that happened %s', (_case, at) => {
  const reserved = moved('RESERVED', AVAILABLE, HELD, NOON);
  const endings = [
    [moved('RELEASED', HELD, AVAILABLE, at)],
    [moved('COMMITTED', HELD, COMMITTED, at), moved('SHIPPED', COMMITTED, OUTSIDE, at)],
  ];

  const positions = endings.map((steps) => {
    const tally = emptyTally();
    for (const movement of [...steps, reserved])
      addEntry(tally, {
        key: `MOVE#${movement.at}#${movement.movementId}`,
        at: movement.at,
        operationId: movement.movementId,
        movements: [movement],
      });
    return tally.positions.get('res-1');
  });

  expect(positions).toMatchObject([
    { lastKind: 'RELEASED', since: NOON, committed: 0 },
    { lastKind: 'SHIPPED', since: NOON, committed: 0 },
  ]);
});
