import { expect, test } from 'vitest';
import type { MovementKind } from '../../../../lambdas/contracts/api/inventory.ts';
import {
  addBatch,
  createReplay,
} from '../../../../lambdas/inventory/domain/audit/balance-replay.ts';
import {
  type AccountRef,
  AVAILABLE,
  COMMITTED,
  heldInBucket,
  type Movement,
  OUTSIDE,
} from '../../../../lambdas/inventory/domain/ledger/movement.ts';
import { NOON, NOON_BUCKET, seconds } from '../../../support/inventory.ts';

const HELD = heldInBucket(NOON_BUCKET + 600);

const aMovementOf = (
  kind: MovementKind,
  from: AccountRef,
  to: AccountRef,
  at: number,
): Movement => ({
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
  const reserved = aMovementOf('RESERVED', AVAILABLE, HELD, NOON);
  const endings = [
    [aMovementOf('RELEASED', HELD, AVAILABLE, at)],
    [aMovementOf('COMMITTED', HELD, COMMITTED, at), aMovementOf('SHIPPED', COMMITTED, OUTSIDE, at)],
  ];

  const positions = endings.map((steps) => {
    const tally = createReplay();
    for (const movement of [...steps, reserved])
      addBatch(tally, {
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
