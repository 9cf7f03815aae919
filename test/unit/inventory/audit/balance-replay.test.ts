import { expect, test } from 'vitest';
import type { MovementKind } from '../../../../lambdas/contracts/api/inventory.ts';
import {
  BalanceReplay,
  type MovementBatch,
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

const aBatchOf = (movement: Movement): MovementBatch => ({
  key: `MOVE#${movement.at}#${movement.movementId}`,
  at: movement.at,
  operationId: movement.movementId,
  movements: [movement],
});

test('a snapshot does not change when batches are added later', () => {
  const replay = new BalanceReplay();
  replay.add(aBatchOf(aMovementOf('RESERVED', AVAILABLE, HELD, NOON)));

  const before = replay.snapshot();
  replay.add(aBatchOf(aMovementOf('COMMITTED', HELD, COMMITTED, NOON + seconds(1))));

  const position = { reservationId: 'res-1', orderId: undefined };
  const held = new Map([[NOON_BUCKET + 600, 3]]);
  expect(before).toEqual({
    available: -3,
    held,
    committed: 0,
    positions: new Map([
      [
        'res-1',
        {
          ...position,
          held,
          committed: 0,
          shipped: 0,
          released: 0,
          since: NOON,
          lastKind: 'RESERVED',
        },
      ],
    ]),
    postings: new Map(),
    movementIds: new Set(),
  });
  expect(replay.snapshot()).toMatchObject({ available: -3, held: new Map(), committed: 3 });
});

test.each([
  ['at the same time', NOON],
  ['by a clock that is behind', NOON - seconds(1)],
])('a reservation has ended once its units left it, even %s', (_case, at) => {
  const reserved = aMovementOf('RESERVED', AVAILABLE, HELD, NOON);
  const endings = [
    [aMovementOf('RELEASED', HELD, AVAILABLE, at)],
    [aMovementOf('COMMITTED', HELD, COMMITTED, at), aMovementOf('SHIPPED', COMMITTED, OUTSIDE, at)],
  ];

  const positions = endings.map((steps) => {
    const replay = new BalanceReplay();
    for (const movement of [...steps, reserved]) replay.add(aBatchOf(movement));
    return replay.snapshot().positions.get('res-1');
  });

  expect(positions).toMatchObject([
    { lastKind: 'RELEASED', since: NOON, committed: 0, shipped: 0, released: 0 },
    { lastKind: 'SHIPPED', since: NOON, committed: 0, shipped: 3, released: 0 },
  ]);
});
