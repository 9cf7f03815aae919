import { describe, expect, test } from 'vitest';
import {
  applyCellChange,
  isGuardSatisfied,
} from '../../../../lambdas/inventory/domain/ledger/apply-change.ts';
import { homeCellKey } from '../../../../lambdas/inventory/domain/ledger/cell.ts';
import type { Guard } from '../../../../lambdas/inventory/domain/ledger/change.ts';
import { aCell, aCellChange, HOLD_BUCKET, NOON, NOON_BUCKET } from '../../../support/inventory.ts';

const lastAdjustment = {
  movementId: 'op-1.1',
  at: NOON,
  delta: 2,
  reason: 'other',
  by: 'bob',
} as const;
const cell = aCell({
  lastAdjustment,
  available: 5,
  committed: 5,
  held: { [HOLD_BUCKET]: 5 },
  expiredThrough: NOON_BUCKET,
  version: 5,
});

describe('a guard', () => {
  test.each<[string, Guard, boolean]>([
    ['available: one less than in the cell', { availableMin: 4 }, true],
    ['available: as many as in the cell', { availableMin: 5 }, true],
    ['available: one more than in the cell', { availableMin: 6 }, false],
    ['committed: one less than in the cell', { committedMin: 4 }, true],
    ['committed: as many as in the cell', { committedMin: 5 }, true],
    ['committed: one more than in the cell', { committedMin: 6 }, false],
    ['held: one less than in the cell', { heldMin: { [HOLD_BUCKET]: 4 } }, true],
    ['held: as many as in the cell', { heldMin: { [HOLD_BUCKET]: 5 } }, true],
    ['held: one more than in the cell', { heldMin: { [HOLD_BUCKET]: 6 } }, false],
    ['held: in a missing bucket', { heldMin: { [HOLD_BUCKET + 60]: 1 } }, false],
    [
      'not expired: the bucket before the watermark',
      { expiredThroughBelow: NOON_BUCKET - 1 },
      false,
    ],
    ['not expired: the bucket at the watermark', { expiredThroughBelow: NOON_BUCKET }, false],
    ['not expired: the bucket after the watermark', { expiredThroughBelow: NOON_BUCKET + 1 }, true],
    ['expired: the bucket before the watermark', { expiredThroughMin: NOON_BUCKET - 1 }, true],
    ['expired: the bucket at the watermark', { expiredThroughMin: NOON_BUCKET }, true],
    ['expired: the bucket after the watermark', { expiredThroughMin: NOON_BUCKET + 1 }, false],
    ['version: the one before', { version: 4 }, false],
    ['version: the one that was read', { version: 5 }, true],
    ['version: the one after', { version: 6 }, false],
    ['last manual adjustment: the one that was read', { lastAdjustmentId: 'op-1.1' }, true],
    ['last manual adjustment: another one', { lastAdjustmentId: 'op-0.1' }, false],
    ['last manual adjustment: none, but there is one', { lastAdjustmentId: null }, false],
    ['last count: none, and there is none', { lastCountId: null }, true],
    ['nothing', {}, true],
    ['two conditions, one of which is not met', { availableMin: 5, version: 4 }, false],
  ])('%s', (_case, guard, holds) => {
    expect(isGuardSatisfied(cell, guard)).toBe(holds);
  });
});

describe('a change', () => {
  test('adds its units to each account and increases the version', () => {
    const change = aCellChange({
      available: -2,
      committed: 3,
      held: { [HOLD_BUCKET]: -1, [HOLD_BUCKET + 60]: 2 },
    });

    expect(applyCellChange(cell, change)).toEqual({
      ...cell,
      available: 3,
      committed: 8,
      held: { [HOLD_BUCKET]: 4, [HOLD_BUCKET + 60]: 2 },
      version: 6,
    });
  });

  test('removes expired buckets and sets the watermark to the latest', () => {
    const full = aCell({
      held: { [HOLD_BUCKET]: 1, [HOLD_BUCKET + 60]: 2, [HOLD_BUCKET + 120]: 3 },
    });

    const after = applyCellChange(
      full,
      aCellChange({ available: 3, expiredBuckets: [HOLD_BUCKET, HOLD_BUCKET + 60] }),
    );

    expect(after).toEqual(
      aCell({
        available: 3,
        held: { [HOLD_BUCKET + 120]: 3 },
        expiredThrough: HOLD_BUCKET + 60,
        version: 2,
      }),
    );
  });

  test('records a manual adjustment as the last one', () => {
    const adjustment = { ...lastAdjustment, movementId: 'op-2.1' };

    expect(applyCellChange(cell, aCellChange({ adjustment })).lastAdjustment).toEqual(adjustment);
    expect(applyCellChange(cell, aCellChange()).lastAdjustment).toEqual(lastAdjustment);
  });

  test('leaves the watermark when no bucket expires', () => {
    expect(applyCellChange(cell, aCellChange()).expiredThrough).toBe(NOON_BUCKET);
  });

  test('creates a missing cell at version 1', () => {
    const after = applyCellChange(
      undefined,
      aCellChange({ cell: homeCellKey('tea', 'annex'), isNew: true, available: 5 }),
    );

    expect(after).toEqual(aCell({ locationId: 'annex', available: 5 }));
  });

  test('does not modify its input cell', () => {
    const before = structuredClone(cell);

    applyCellChange(
      cell,
      aCellChange({ available: 1, held: { [HOLD_BUCKET]: 1 }, expiredBuckets: [HOLD_BUCKET] }),
    );

    expect(cell).toEqual(before);
  });
});
