import { describe, expect, test } from 'vitest';
import {
  applyCellChange,
  isGuardSatisfied,
} from '../../../../lambdas/inventory/domain/ledger/apply-change.ts';
import { homeCellKey } from '../../../../lambdas/inventory/domain/ledger/cell.ts';
import type { Guard } from '../../../../lambdas/inventory/domain/ledger/change.ts';
import { aCell, aCellChange, NOON, NOON_BUCKET } from '../../../support/inventory.ts';

const SLOT = NOON_BUCKET + 600;
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
  held: { [SLOT]: 5 },
  expiredThrough: NOON_BUCKET,
  version: 5,
});

describe('a guard', () => {
  test.each<[string, Guard, boolean]>([
    ['available: less than there is', { availableMin: 4 }, true],
    ['available: all that there is', { availableMin: 5 }, true],
    ['available: one more', { availableMin: 6 }, false],
    ['committed: less than there is', { committedMin: 4 }, true],
    ['committed: all that there is', { committedMin: 5 }, true],
    ['committed: one more', { committedMin: 6 }, false],
    ['held: less than there is', { heldMin: { [SLOT]: 4 } }, true],
    ['held: all that there is', { heldMin: { [SLOT]: 5 } }, true],
    ['held: one more', { heldMin: { [SLOT]: 6 } }, false],
    ['held: in a slot that is not there', { heldMin: { [SLOT + 60]: 1 } }, false],
    ['not folded: the slot before the watermark', { expiredThroughBelow: NOON_BUCKET - 1 }, false],
    ['not folded: the slot at the watermark', { expiredThroughBelow: NOON_BUCKET }, false],
    ['not folded: the slot after the watermark', { expiredThroughBelow: NOON_BUCKET + 1 }, true],
    ['folded: the slot before the watermark', { expiredThroughMin: NOON_BUCKET - 1 }, true],
    ['folded: the slot at the watermark', { expiredThroughMin: NOON_BUCKET }, true],
    ['folded: the slot after the watermark', { expiredThroughMin: NOON_BUCKET + 1 }, false],
    ['version: the one before', { version: 4 }, false],
    ['version: the one that was read', { version: 5 }, true],
    ['version: the one after', { version: 6 }, false],
    ['last manual adjustment: the one that was read', { lastAdjustmentId: 'op-1.1' }, true],
    ['last manual adjustment: another one', { lastAdjustmentId: 'op-0.1' }, false],
    ['last manual adjustment: none, where there is one', { lastAdjustmentId: null }, false],
    ['last count: none, where there is none', { lastCountId: null }, true],
    ['nothing', {}, true],
    ['several, of which one does not hold', { availableMin: 5, version: 4 }, false],
  ])('%s', (_case, guard, holds) => {
    expect(isGuardSatisfied(cell, guard)).toBe(holds);
  });
});

describe('a change', () => {
  test('adds to each account what it says, in the next version', () => {
    const change = aCellChange({
      available: -2,
      committed: 3,
      held: { [SLOT]: -1, [SLOT + 60]: 2 },
    });

    expect(applyCellChange(cell, change)).toEqual({
      ...cell,
      available: 3,
      committed: 8,
      held: { [SLOT]: 4, [SLOT + 60]: 2 },
      version: 6,
    });
  });

  test('takes folded slots out whole, and sets the watermark to the latest', () => {
    const full = aCell({ held: { [SLOT]: 1, [SLOT + 60]: 2, [SLOT + 120]: 3 } });

    const after = applyCellChange(
      full,
      aCellChange({ available: 3, expiredBuckets: [SLOT, SLOT + 60] }),
    );

    expect(after).toEqual(
      aCell({
        available: 3,
        held: { [SLOT + 120]: 3 },
        expiredThrough: SLOT + 60,
        version: 2,
      }),
    );
  });

  test('keeps a manual adjustment as the last one', () => {
    const adjustment = { ...lastAdjustment, movementId: 'op-2.1' };

    expect(applyCellChange(cell, aCellChange({ adjustment })).lastAdjustment).toEqual(adjustment);
    expect(applyCellChange(cell, aCellChange()).lastAdjustment).toEqual(lastAdjustment);
  });

  test('leaves the watermark where nothing is folded', () => {
    expect(applyCellChange(cell, aCellChange()).expiredThrough).toBe(NOON_BUCKET);
  });

  test('of a cell that is not there yet makes it, at version 1', () => {
    const after = applyCellChange(
      undefined,
      aCellChange({ cell: homeCellKey('tea', 'annex'), isNew: true, available: 5 }),
    );

    expect(after).toEqual(aCell({ locationId: 'annex', available: 5 }));
  });

  test('leaves the cell that it was made from as it was', () => {
    const before = structuredClone(cell);

    applyCellChange(
      cell,
      aCellChange({ available: 1, held: { [SLOT]: 1 }, expiredBuckets: [SLOT] }),
    );

    expect(cell).toEqual(before);
  });
});
