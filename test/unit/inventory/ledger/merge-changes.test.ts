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
  NOON_BUCKET,
} from '../../../support/inventory.ts';

const SLOT = NOON_BUCKET + 600;

/** A commit of some units of each sku. */
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
        held: { [SLOT]: -2 },
        guard: { heldMin: { [SLOT]: 2 }, expiredThroughBelow: SLOT },
        movements: [aMovement({ movementId: `${reservationId}.${sku}` })],
      }),
    ),
  });
const names = (changes: readonly Change[]) =>
  changes.map(({ operationId }) => operationId.split('.')[0]);

describe('changes of one cell, written together', () => {
  test('do to it what all of them do, where what all of them want is there', () => {
    const late = aCellChange({
      available: -3,
      committed: 3,
      guard: { expiredThroughMin: SLOT - 60, availableMin: 3 },
      movements: [aMovement({ movementId: 'late' })],
    });
    const earlier = aChange({
      cells: [
        { ...late, guard: { expiredThroughMin: SLOT - 120, availableMin: 1, committedMin: 1 } },
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
        held: { [SLOT]: -4 },
        guard: {
          availableMin: 4,
          committedMin: 1,
          heldMin: { [SLOT]: 4 },
          expiredThroughBelow: SLOT,
          expiredThroughMin: SLOT - 60,
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

  test('must be above the highest slot that was folded, and below the lowest that was not', () => {
    const guarded = (expiredThroughBelow: number, expiredThroughMin: number) =>
      aChange({ cells: [aCellChange({ guard: { expiredThroughBelow, expiredThroughMin } })] });

    const [cell] = mergeCellChanges([guarded(9, 2), guarded(7, 4), guarded(8, 3)]);

    expect(cell?.merged.guard).toMatchObject({ expiredThroughBelow: 7, expiredThroughMin: 4 });
  });

  test('of one change are what that change says', () => {
    const change = commitOf('a', 'tea', 'cup');

    expect(mergeCellChanges([change]).map(({ merged }) => merged)).toEqual(change.cells);
  });
});

describe('a change may be written with others', () => {
  test('where it takes what it wants, whatever else happens', () => {
    expect(isMergeable(commitOf('a', 'tea'))).toBe(true);
  });

  test.each([
    ['makes a cell', aChange({ cells: [aCellChange({ isNew: true })] })],
    ['folds', aChange({ cells: [aCellChange({ expiredBuckets: [SLOT] })] })],
    ['is for a version of its cell', aChange({ cells: [aCellChange({ guard: { version: 3 } })] })],
    ['is for a last count', aChange({ cells: [aCellChange({ guard: { lastCountId: null } })] })],
    [
      'is for a last manual adjustment',
      aChange({ cells: [aCellChange({ guard: { lastAdjustmentId: null } })] }),
    ],
    [
      'keeps a manual adjustment',
      aChange({
        cells: [
          aCellChange({
            adjustment: { movementId: 'a.1', at: 0, delta: 1, reason: 'other', by: 'bob' },
          }),
        ],
      }),
    ],
    ['writes the sku', aChange({ stockItem: { after: aStockItem(), expectedVersion: 1 } })],
  ])('but not where it %s', (_what, change) => {
    expect(isMergeable(change)).toBe(false);
  });
});

describe('groups', () => {
  test('are of those that share a cell, directly or by another; who shares none is alone', () => {
    const changes = [
      commitOf('a', 'tea'),
      commitOf('b', 'cup'),
      commitOf('c', 'pot'),
      commitOf('d', 'tea', 'cup'),
    ];

    const groups = groupChanges(changes).map((chunks) => chunks.map(names));

    expect(groups).toEqual([[['c']], [['a', 'b', 'd']]]);
  });

  test('take a marker and a movement for each, and the balance once', () => {
    expect(countActions([commitOf('a', 'tea'), commitOf('b', 'tea')])).toBe(5);
    expect(countActions([commitOf('a', 'tea', 'cup'), commitOf('b', 'tea')])).toBe(7);
  });

  test.each([
    [48, [48]],
    [49, [49]],
    [50, [49, 1]],
    [99, [49, 49, 1]],
  ])('of one cell take %i changes in transactions of at most 100 actions', (count, sizes) => {
    const changes = Array.from({ length: count }, (_, index) => commitOf(`r${index}`, 'tea'));

    const [chunks = []] = groupChanges(changes);

    expect(chunks.map((chunk) => chunk.length)).toEqual(sizes);
    expect(Math.max(...chunks.map(countActions))).toBeLessThanOrEqual(TRANSACTION_ACTIONS_MAX);
  });
});
