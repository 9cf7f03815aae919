import { describe, expect, test } from 'vitest';
import { checkpointItem } from '../../../../lambdas/inventory/adapters/book-items.ts';
import { CHECKPOINT } from '../../../../lambdas/inventory/adapters/cell-records.ts';
import type { MovementBatch } from '../../../../lambdas/inventory/domain/audit/balance-replay.ts';
import { checkpointOf, replayFrom } from '../../../../lambdas/inventory/domain/audit/checkpoint.ts';
import {
  type AccountRef,
  AVAILABLE,
  COMMITTED,
  heldInBucket,
  type Movement,
  OUTSIDE,
} from '../../../../lambdas/inventory/domain/ledger/movement.ts';
import { aMovement, NOON, NOON_BUCKET } from '../../../support/inventory.ts';

const HELD = heldInBucket(NOON_BUCKET + 600);
const CELL = { sku: 'tea', locationId: 'main', shard: 0 };

const aBatch = (
  number: number,
  kind: Movement['kind'],
  quantity: number,
  [from, to]: readonly [AccountRef, AccountRef],
): MovementBatch => {
  const at = NOON + number;
  const operationId = `op-${number}`;
  const key = `MOVE#${new Date(at).toISOString()}#${operationId}`;
  const movementId = `${operationId}.1`;
  const common = { movementId, at, reservationId: 'res-1', orderId: 'ord-1' };
  return {
    key,
    at,
    operationId,
    movements: [aMovement({ ...common, kind, quantity, from, to })],
  };
};

const STEPS = [
  aBatch(1, 'RESERVED', 9, [AVAILABLE, HELD]),
  aBatch(2, 'COMMITTED', 9, [HELD, COMMITTED]),
  aBatch(3, 'SHIPPED', 2, [COMMITTED, OUTSIDE]),
  aBatch(4, 'RELEASED', 1, [COMMITTED, AVAILABLE]),
  aBatch(5, 'SHIPPED', 3, [COMMITTED, OUTSIDE]),
] as const;

function replayOf(
  batches: readonly MovementBatch[],
  checkpoint?: Parameters<typeof replayFrom>[0],
) {
  const replay = replayFrom(checkpoint);
  for (const batch of batches) replay.add(batch);
  return replay.snapshot();
}

function checkpointAfter(count: number) {
  const last = STEPS[count - 1];
  const checkpoint = last && checkpointOf(replayOf(STEPS.slice(0, count)), last);
  if (checkpoint === undefined) throw new Error('there is no checkpoint');
  return checkpoint;
}

describe('a checkpoint', () => {
  test.each([
    [2, '9'],
    [3, '7/2/0'],
    [4, '6/2/1'],
    [5, '3/5/1'],
  ])('after %i steps has the parts of a committed reservation: %s', (count, committed) => {
    const checkpoint = checkpointAfter(count);

    expect(checkpoint.positions).toEqual([`res-1 ord-1 ${NOON + count} ${committed}`]);
    expect(CHECKPOINT.read(checkpointItem(CELL, checkpoint))).toEqual(checkpoint);
  });

  test.each([1, 2, 3, 4])('after %i steps leads to the same position as all movements', (count) => {
    const fromCheckpoint = replayOf(STEPS.slice(count), checkpointAfter(count));

    expect(fromCheckpoint.positions).toEqual(replayOf(STEPS).positions);
  });

  test('knows that a part was released, and that a later shipment ends the reservation', () => {
    const released = [...STEPS.slice(0, 2), aBatch(3, 'RELEASED', 4, [COMMITTED, AVAILABLE])];
    const last = released.at(-1);
    const checkpoint = last && checkpointOf(replayOf(released), last);

    const position = replayOf([], checkpoint).positions.get('res-1');

    expect(position).toMatchObject({ committed: 5, released: 4, lastKind: 'RELEASED' });
  });

  test('counts the release of a hold as no part', () => {
    const released = [STEPS[0], aBatch(2, 'RELEASED', 9, [HELD, AVAILABLE])];

    expect(replayOf(released).positions.get('res-1')).toMatchObject({
      shipped: 0,
      released: 0,
      lastKind: 'RELEASED',
    });
  });
});
