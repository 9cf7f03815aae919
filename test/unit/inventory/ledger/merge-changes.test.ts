import { describe, expect, test } from 'vitest';
import { mainCellKey } from '../../../../lambdas/inventory/domain/ledger/cell.ts';
import type { Change } from '../../../../lambdas/inventory/domain/ledger/change.ts';
import {
  countActions,
  groupChanges,
  isMergeable,
  mergeCellChanges,
  TRANSACTION_ACTIONS_MAX,
} from '../../../../lambdas/inventory/domain/ledger/merge-changes.ts';
import {
  aCellChange,
  aChange,
  aMovement,
  aReservation,
  aStockItem,
  HOLD_BUCKET,
} from '../../../support/inventory.ts';

/** Returns a commit of two units of each SKU. */
const commitOf = (reservationId: string, ...skus: readonly string[]): Change =>
  aChange({
    operationId: `${reservationId}.commit`,
    idempotencyRecord: {
      kind: 'reservation',
      after: aReservation({ reservationId }),
      expectedVersion: 1,
    },
    cells: skus.map((sku) =>
      aCellChange({
        cell: mainCellKey(sku),
        committed: 2,
        held: { [HOLD_BUCKET]: -2 },
        guard: { heldMin: { [HOLD_BUCKET]: 2 }, expiredThroughBelow: HOLD_BUCKET },
        movements: [aMovement({ movementId: `${reservationId}.${sku}` })],
      }),
    ),
  });
const names = (changes: readonly Change[]) =>
  changes.map(({ operationId }) => operationId.split('.')[0]);

describe('changes of one cell that are written together', () => {
  test('add up their effects and their guards', () => {
    const late = aCellChange({
      available: -3,
      committed: 3,
      guard: { expiredThroughMin: HOLD_BUCKET - 60, availableMin: 3 },
      movements: [aMovement({ movementId: 'late' })],
    });
    const earlier = aChange({
      cells: [
        {
          ...late,
          guard: { expiredThroughMin: HOLD_BUCKET - 120, availableMin: 1, committedMin: 1 },
        },
      ],
    });

    const [tea] = mergeCellChanges([
      commitOf('a', 'tea'),
      commitOf('b', 'tea'),
      aChange({ cells: [late] }),
      earlier,
    ]);

    expect(tea?.merged).toEqual(
      aCellChange({
        available: -6,
        committed: 10,
        held: { [HOLD_BUCKET]: -4 },
        guard: {
          availableMin: 4,
          committedMin: 1,
          heldMin: { [HOLD_BUCKET]: 4 },
          expiredThroughBelow: HOLD_BUCKET,
          expiredThroughMin: HOLD_BUCKET - 60,
        },
        movements: ['a.tea', 'b.tea', 'late', 'late'].map((movementId) =>
          aMovement({ movementId }),
        ),
      }),
    );
    expect(tea?.parts.map(({ cellChange }) => cellChange.movements[0]?.movementId)).toEqual([
      'a.tea',
      'b.tea',
      'late',
      'late',
    ]);
  });

  test('need a watermark from the highest expired bucket on and below the lowest open one', () => {
    const guarded = (expiredThroughBelow: number, expiredThroughMin: number) =>
      aChange({ cells: [aCellChange({ guard: { expiredThroughBelow, expiredThroughMin } })] });

    const [cell] = mergeCellChanges([guarded(9, 2), guarded(7, 4), guarded(8, 3)]);

    expect(cell?.merged.guard).toMatchObject({ expiredThroughBelow: 7, expiredThroughMin: 4 });
  });

  test('of one change equal that change', () => {
    const change = commitOf('a', 'tea', 'cup');

    expect(mergeCellChanges([change]).map(({ merged }) => merged)).toEqual(change.cells);
  });
});

describe('a change can be written with others', () => {
  test('when it depends on nothing else in the cell', () => {
    expect(isMergeable(commitOf('a', 'tea'))).toBe(true);
  });

  test.each([
    ['creates a cell', aChange({ cells: [aCellChange({ isNew: true })] })],
    ['expires a bucket', aChange({ cells: [aCellChange({ expiredBuckets: [HOLD_BUCKET] })] })],
    [
      'depends on the version of its cell',
      aChange({ cells: [aCellChange({ guard: { version: 3 } })] }),
    ],
    [
      'depends on the last count',
      aChange({ cells: [aCellChange({ guard: { lastCountId: null } })] }),
    ],
    [
      'depends on the last manual adjustment',
      aChange({ cells: [aCellChange({ guard: { lastAdjustmentId: null } })] }),
    ],
    [
      'records a manual adjustment',
      aChange({
        cells: [
          aCellChange({
            adjustment: { movementId: 'a.1', at: 0, delta: 1, reason: 'other', by: 'bob' },
          }),
        ],
      }),
    ],
    [
      'writes the record of the SKU',
      aChange({ stockItem: { after: aStockItem(), expectedVersion: 1 } }),
    ],
  ])('but not when it %s', (_what, change) => {
    expect(isMergeable(change)).toBe(false);
  });
});

describe('groups of changes', () => {
  test('contain changes that share a cell, directly or through others', () => {
    const changes = [
      commitOf('a', 'tea'),
      commitOf('b', 'cup'),
      commitOf('c', 'pot'),
      commitOf('d', 'tea', 'cup'),
    ];

    const groups = groupChanges(changes).map((chunks) => chunks.map(names));

    expect(groups).toEqual([[['c']], [['a', 'b', 'd']]]);
  });

  test('count one record and one item of movements per change, and each balance once', () => {
    expect(countActions([commitOf('a', 'tea'), commitOf('b', 'tea')])).toBe(5);
    expect(countActions([commitOf('a', 'tea', 'cup'), commitOf('b', 'tea')])).toBe(7);
  });

  test.each([
    [48, [48]],
    [49, [49]],
    [50, [49, 1]],
    [99, [49, 49, 1]],
  ])('of one cell with %i changes have at most 100 actions per transaction', (count, sizes) => {
    const changes = Array.from({ length: count }, (_, index) => commitOf(`r${index}`, 'tea'));

    const [chunks = []] = groupChanges(changes);

    expect(chunks.map((chunk) => chunk.length)).toEqual(sizes);
    expect(Math.max(...chunks.map(countActions))).toBeLessThanOrEqual(TRANSACTION_ACTIONS_MAX);
  });
});
