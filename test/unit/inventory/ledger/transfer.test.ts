import { describe, expect, test } from 'vitest';
import { AVAILABLE } from '../../../../lambdas/inventory/domain/ledger/movement.ts';
import {
  consolidateInto,
  planTransfer,
  TRANSFER_SOURCES_MAX,
} from '../../../../lambdas/inventory/domain/ledger/transfer.ts';
import {
  aCell,
  aCellChange,
  aMovement,
  anOperationRecord,
  aStockItem,
  context,
  NOON,
  NOON_BUCKET,
  teaShard,
} from '../../../support/inventory.ts';

const sku = aStockItem({ shardCount: 4, transferCount: 6, unitsTransferred: 40, version: 9 });

describe('a transfer', () => {
  test('moves units from some cells to another, with a record of each half, guarded by the version of the SKU', () => {
    const sources = [
      { cell: aCell({ shard: 1, available: 5 }), quantity: 2 },
      { cell: aCell({ shard: 3, available: 1 }), quantity: 1 },
    ];

    const change = planTransfer(sku, { to: teaShard(0), creates: false }, sources, context());

    const half = (number: number, quantity: number, from: object, to: object) =>
      aMovement({
        movementId: `transfer#tea#7.${number}`,
        kind: 'TRANSFERRED',
        quantity,
        from: { ...AVAILABLE, ...from },
        to: { ...AVAILABLE, ...to },
      });
    const outOf1 = half(1, 2, {}, { shard: 0 });
    const outOf3 = half(2, 1, {}, { shard: 0 });
    const from1 = half(3, 2, { shard: 1 }, {});
    const from3 = half(4, 1, { shard: 3 }, {});
    const record = { fingerprint: '' };
    expect(change).toEqual({
      operationId: 'transfer#tea#7',
      at: NOON,
      correlationId: 'corr-1',
      idempotencyRecord: {
        kind: 'operation',
        operation: anOperationRecord({ ...record, operationId: 'transfer#tea#7' }),
      },
      entryRecords: [
        [teaShard(1), outOf1] as const,
        [teaShard(3), outOf3] as const,
        [teaShard(0), from1] as const,
        [teaShard(0), from3] as const,
      ].map(([cell, movement]) =>
        anOperationRecord({
          ...record,
          operationId: movement.movementId,
          entry: { cell, movement },
        }),
      ),
      cells: [
        aCellChange({
          cell: teaShard(1),
          available: -2,
          guard: { availableMin: 2 },
          movements: [outOf1],
        }),
        aCellChange({
          cell: teaShard(3),
          available: -1,
          guard: { availableMin: 1 },
          movements: [outOf3],
        }),
        aCellChange({ cell: teaShard(0), available: 3, movements: [from1, from3] }),
      ],
      stockItem: {
        after: {
          ...sku,
          transferCount: 7,
          unitsTransferred: 43,
          version: 10,
          correlationId: 'corr-1',
        },
        expectedVersion: 9,
      },
    });
  });

  test('releases expired buckets of its source, and the expiry has no operation record', () => {
    const cell = aCell({ shard: 1, held: { [NOON_BUCKET]: 4 }, version: 3 });

    const change = planTransfer(
      sku,
      { to: teaShard(0), creates: false },
      [{ cell, quantity: 3 }],
      context(),
    );

    expect(change?.cells[0]).toMatchObject({
      available: 1,
      expiredBuckets: [NOON_BUCKET],
      guard: { version: 3, availableMin: 0 },
    });
    expect(change?.cells[0]?.movements.map(({ kind, quantity }) => [kind, quantity])).toEqual([
      ['EXPIRED', 4],
      ['TRANSFERRED', 3],
    ]);
    expect(change?.entryRecords?.map(({ operationId }) => operationId)).toEqual([
      'transfer#tea#7.2',
      'transfer#tea#7.3',
    ]);
  });

  test('creates a missing target cell', () => {
    const sources = [{ cell: aCell({ available: 1 }), quantity: 1 }];

    const change = planTransfer(sku, { to: teaShard(3), creates: true }, sources, context());

    expect(change?.cells.map(({ cell, isNew }) => [cell.shard, isNew])).toEqual([
      [0, false],
      [3, true],
    ]);
  });

  test('is undefined when a source has one unit less', () => {
    const sources = (units: number) => [{ cell: aCell({ available: units }), quantity: 3 }];
    const to = { to: teaShard(1), creates: false };

    expect(planTransfer(sku, to, sources(2), context())).toBeUndefined();
    expect(planTransfer(sku, to, sources(3), context())).toBeDefined();
  });
});

describe('a consolidation into a cell', () => {
  const others = (...units: readonly number[]) =>
    units.map((quantity, index) => ({
      cell: aCell({ shard: index + 1, available: quantity }),
      quantity,
    }));
  const consolidated = (units: readonly number[], lacking: number, home = aCell()) =>
    consolidateInto(sku, home, others(...units), lacking, context())?.cells.map(
      ({ cell, available: added }) => [cell.shard, added],
    );

  test('brings the units that the cell lacks from the fullest cells', () => {
    expect(consolidated([1, 5, 3], 7)).toEqual([
      [2, -5],
      [3, -2],
      [0, 7],
    ]);
  });

  test.each([
    [-1, undefined],
    [0, undefined],
    [
      1,
      [
        [1, -1],
        [0, 1],
      ],
    ],
  ])('brings this when the cell lacks %i units', (lacking, cells) => {
    expect(consolidated([4], lacking)).toEqual(cells);
  });

  test('brings all units when the cells have fewer', () => {
    expect(consolidated([2, 0, 1], 9)).toEqual([
      [1, -2],
      [3, -1],
      [0, 3],
    ]);
    expect(consolidated([0, 0], 9)).toBeUndefined();
  });

  test.each([TRANSFER_SOURCES_MAX - 1, TRANSFER_SOURCES_MAX, TRANSFER_SOURCES_MAX + 1])(
    'takes from at most 20 cells at once (of %i with one unit each)',
    (count) => {
      const cells = consolidated(Array<number>(count).fill(1), count);

      const sources = Math.min(count, 20);
      expect(cells).toHaveLength(sources + 1);
      expect(cells?.at(-1)).toEqual([0, sources]);
    },
  );

  test('is undefined for a missing SKU or target cell', () => {
    expect(consolidateInto(undefined, aCell(), others(3), 2, context())).toBeUndefined();
    expect(consolidateInto(sku, undefined, others(3), 2, context())).toBeUndefined();
  });
});
