import { describe, expect, test } from 'vitest';
import { homeCellKey, mainCellKey } from '../../../../lambdas/inventory/domain/ledger/cell.ts';
import { reject, rejectUnconfirmed } from '../../../../lambdas/inventory/domain/ledger/decision.ts';
import { consolidateAtHome } from '../../../../lambdas/inventory/domain/stock/consolidate-at-home.ts';
import {
  decideAdjust,
  decideReceive,
} from '../../../../lambdas/inventory/domain/stock/stock-entry.ts';
import {
  aCell,
  aCellChange,
  adjustCommand,
  aMovement,
  anOperationRecord,
  aStockItem,
  changeOf,
  commitOf,
  context,
  NOON,
  NOON_BUCKET,
  receiveCommand,
  seconds,
  stateWith,
} from '../../../support/inventory.ts';

const outside = { account: 'outside' } as const;
const available = { account: 'available' } as const;

describe('a receipt', () => {
  test('puts units into available, with its mark, and returns its movement', () => {
    const state = stateWith([aCell({ available: 4 })], { sku: aStockItem() });

    const decision = decideReceive(state, receiveCommand({ reference: 'delivery 17' }));

    const movement = aMovement({
      movementId: 'receipt-1.1',
      quantity: 5,
      from: outside,
      to: available,
      reference: 'delivery 17',
    });
    const entry = { cell: mainCellKey('tea'), movement };
    expect(decision).toEqual({
      next: 'commit',
      value: entry,
      change: {
        operationId: 'receipt-1',
        at: NOON,
        correlationId: 'corr-1',
        idempotencyRecord: {
          kind: 'operation',
          operation: anOperationRecord({ entry }),
        },
        cells: [aCellChange({ available: 5, movements: [movement] })],
      },
    });
  });

  test('for a SKU without a record is rejected unless it says to create the SKU', () => {
    const decision = decideReceive(stateWith([]), receiveCommand({ createSku: false }));
    const unsaid = decideReceive(stateWith([]), receiveCommand({ createSku: undefined }));

    expect([decision, unsaid]).toEqual([
      rejectUnconfirmed({ kind: 'notFound' }),
      rejectUnconfirmed({ kind: 'notFound' }),
    ]);
  });

  test('that says to create the SKU creates the SKU and its cell', () => {
    const change = changeOf(decideReceive(stateWith([]), receiveCommand()));

    expect(change.cells).toMatchObject([{ cell: mainCellKey('tea'), isNew: true, available: 5 }]);
    expect(change.stockItem).toEqual({
      after: aStockItem({ correlationId: 'corr-1' }),
      expectedVersion: undefined,
    });
  });

  test('of a new sku at another location makes its main cell too, empty and without a movement', () => {
    const change = changeOf(decideReceive(stateWith([]), receiveCommand({ locationId: 'annex' })));

    expect(
      change.cells.map(({ movements, ...cell }) => ({ ...cell, movements: movements.length })),
    ).toEqual([
      {
        ...aCellChange({ cell: homeCellKey('tea', 'annex'), isNew: true, available: 5 }),
        movements: 1,
      },
      { ...aCellChange({ isNew: true }), movements: 0 },
    ]);
    expect(change.stockItem?.after.locations).toEqual(['main', 'annex']);
  });

  test('at a new location of a known sku makes the cell, and the sku knows the location', () => {
    const state = stateWith([aCell()], { sku: aStockItem({ version: 3 }) });

    const change = changeOf(decideReceive(state, receiveCommand({ locationId: 'annex' })));

    expect(change.cells).toMatchObject([{ cell: homeCellKey('tea', 'annex'), isNew: true }]);
    expect(change.stockItem).toEqual({
      after: aStockItem({ version: 4, locations: ['main', 'annex'], correlationId: 'corr-1' }),
      expectedVersion: 3,
    });
  });

  const places = (count: number) => [
    'main',
    ...Array.from({ length: count - 1 }, (_, index) => `place-${index}`),
  ];

  test.each([
    ['the twentieth location', 19, 1, undefined],
    ['a twenty-first location', 20, 1, { kind: 'tooManyLocations', limit: 20 }],
    ['a location that makes 500 cells', 9, 50, undefined],
    ['a location that makes 550 cells', 10, 50, { kind: 'tooManyCells', limit: 500 }],
  ] as const)('of %s', (_case, count, peakShardCount, error) => {
    const sku = aStockItem({ locations: places(count), peakShardCount });
    const state = stateWith([aCell()], { sku });
    const at = { locationId: 'annex' };

    const decisions = [
      decideReceive(state, receiveCommand(at)),
      decideAdjust(state, adjustCommand({ ...at, delta: 1 })),
    ];

    if (error === undefined)
      expect(
        decisions.map((decision) => changeOf(decision).stockItem?.after.locations.length),
      ).toEqual([count + 1, count + 1]);
    else expect(decisions).toEqual([rejectUnconfirmed(error), rejectUnconfirmed(error)]);
  });

  test('at a location that a full sku has is accepted', () => {
    const sku = aStockItem({ locations: places(20) });

    expect(decideReceive(stateWith([aCell()], { sku }), receiveCommand()).next).toBe('commit');
  });

  test('at a known location leaves the sku as it is', () => {
    const state = stateWith([aCell()], { sku: aStockItem() });

    expect(changeOf(decideReceive(state, receiveCommand()))).not.toHaveProperty('sku');
  });

  test('folds nothing: it wants no units', () => {
    const cell = aCell({ held: { [NOON_BUCKET]: 3 } });
    const state = stateWith([cell], { sku: aStockItem() });

    const change = changeOf(decideReceive(state, receiveCommand({ now: NOON + seconds(600) })));

    expect(change.cells[0]).toMatchObject({ expiredBuckets: [], guard: {} });
  });

  test('repeated gets the first answer and changes nothing', () => {
    const entry = { cell: mainCellKey('tea'), movement: aMovement({ movementId: 'receipt-1.1' }) };
    const state = stateWith([aCell()], {
      sku: aStockItem(),
      operation: anOperationRecord({ entry }),
    });

    expect(decideReceive(state, receiveCommand())).toEqual({ next: 'replay', value: entry });
  });

  test('whose mark has no entry is a defect', () => {
    const state = stateWith([aCell()], { sku: aStockItem(), operation: anOperationRecord() });

    expect(() => decideReceive(state, receiveCommand())).toThrow(
      'operation receipt-1 has no entry',
    );
  });

  test('with another body under the same key is refused', () => {
    const operation = anOperationRecord();

    const decision = decideReceive(
      stateWith([aCell()], { sku: aStockItem(), operation }),
      receiveCommand({ fingerprint: 'other' }),
    );

    expect(decision).toMatchObject(reject({ kind: 'keyReused' }));
  });
});

describe('an adjustment', () => {
  const adjust = (units: number, overrides: Parameters<typeof adjustCommand>[0] = {}) =>
    decideAdjust(
      stateWith([aCell({ available: units, held: { [NOON_BUCKET + 60]: 3 }, committed: 4 })], {
        sku: aStockItem(),
      }),
      adjustCommand(overrides),
    );

  test('downwards takes units out of available, with its reason', () => {
    const change = changeOf(adjust(5, { note: 'fell off the shelf' }));

    expect(change.cells).toEqual([
      aCellChange({
        available: -2,
        guard: { availableMin: 2 },
        adjustment: {
          movementId: 'adjustment-1.1',
          at: NOON,
          delta: -2,
          reason: 'damaged',
          by: 'tester',
        },
        movements: [
          aMovement({
            movementId: 'adjustment-1.1',
            kind: 'ADJUSTED',
            quantity: 2,
            from: available,
            to: outside,
            reason: 'damaged',
            note: 'fell off the shelf',
          }),
        ],
      }),
    ]);
  });

  test('upwards puts units into available, under no guard', () => {
    const change = changeOf(adjust(0, { delta: 2, reason: 'cycle_count' }));

    expect(change.cells).toEqual([
      aCellChange({
        available: 2,
        adjustment: {
          movementId: 'adjustment-1.1',
          at: NOON,
          delta: 2,
          reason: 'cycle_count',
          by: 'tester',
        },
        movements: [
          aMovement({
            movementId: 'adjustment-1.1',
            kind: 'ADJUSTED',
            quantity: 2,
            from: outside,
            to: available,
            reason: 'cycle_count',
          }),
        ],
      }),
    ]);
  });

  test.each([
    ['one short', 1, false],
    ['just enough', 2, true],
    ['one more', 3, true],
  ])('by -2 with %s available: held and committed units belong to somebody', (_case, units, ok) => {
    const decision = adjust(units);

    expect(decision.next === 'commit').toBe(ok);
    if (!ok) {
      expect(decision).toMatchObject(
        reject({
          kind: 'insufficientStock',
          shortages: [{ sku: 'tea', requested: 2, available: units }],
        }),
      );
    }
  });

  test('returns its own movement, not that of a fold in the same change', () => {
    const now = NOON + seconds(120);

    const { value, change } = commitOf(adjust(1, { now }));

    expect(change?.cells[0]?.movements.map(({ movementId, kind }) => [movementId, kind])).toEqual([
      ['adjustment-1.1', 'EXPIRED'],
      ['adjustment-1.2', 'ADJUSTED'],
    ]);
    expect(value.movement.movementId).toBe('adjustment-1.2');
  });

  test('at a location where the sku has no cell makes one, or finds nothing there to take', () => {
    const found = adjust(9, { delta: 1, locationId: 'annex' });
    const lost = adjust(9, { delta: -1, locationId: 'annex' });

    expect(changeOf(found).cells).toMatchObject([
      { cell: homeCellKey('tea', 'annex'), isNew: true },
    ]);
    expect(lost).toMatchObject(
      reject({
        kind: 'insufficientStock',
        shortages: [{ sku: 'tea', requested: 1, available: 0 }],
      }),
    );
  });

  test.each([-1, 1])('of a sku that is not known is refused (by %i)', (delta) => {
    expect(decideAdjust(stateWith([]), adjustCommand({ delta }))).toMatchObject(
      reject({ kind: 'notFound' }),
    );
  });

  test('repeated gets the first answer, though there is nothing left to take', () => {
    const entry = {
      cell: mainCellKey('tea'),
      movement: aMovement({ movementId: 'adjustment-1.1' }),
    };
    const operation = anOperationRecord({ operationId: 'adjustment-1', entry });

    const decision = decideAdjust(
      stateWith([aCell()], { sku: aStockItem(), operation }),
      adjustCommand(),
    );

    expect(decision).toEqual({ next: 'replay', value: entry });
  });

  test('with another body under the same key is refused', () => {
    const operation = anOperationRecord({ operationId: 'adjustment-1', fingerprint: 'other' });

    const decision = decideAdjust(
      stateWith([aCell()], { sku: aStockItem(), operation }),
      adjustCommand(),
    );

    expect(decision).toMatchObject(reject({ kind: 'keyReused' }));
  });
});

describe('a sku of several cells', () => {
  const sku = aStockItem({ shardCount: 3, transferCount: 2, version: 5 });
  const cells = (...units: readonly number[]) =>
    units.map((quantity, shard) => aCell({ shard, available: quantity, version: shard + 1 }));

  test('gets its goods in the first of them', () => {
    const change = changeOf(decideReceive(stateWith(cells(1, 2, 4), { sku }), receiveCommand()));

    expect(change.cells.map(({ cell, available: added }) => [cell, added])).toEqual([
      [mainCellKey('tea'), 5],
    ]);
  });

  test('is short by what all of them have', () => {
    const elsewhere = aCell({ locationId: 'annex', available: 9 });

    const decision = decideAdjust(
      stateWith([...cells(1, 2, 4), elsewhere], { sku }),
      adjustCommand({ delta: -8 }),
    );

    expect(decision).toMatchObject(
      reject({
        kind: 'insufficientStock',
        shortages: [{ sku: 'tea', requested: 8, available: 7 }],
      }),
    );
  });

  describe('brings to the first what that lacks', () => {
    const gathered = (units: number, rest: Parameters<typeof stateWith>[1] = { sku }) => {
      const elsewhere = aCell({ locationId: 'annex', shard: 1, available: 9 });
      const state = stateWith([...cells(1, 2, 4), elsewhere], rest);
      return consolidateAtHome(state, { key: mainCellKey('tea'), units }, context());
    };

    test.each([
      ['it lacks nothing', 1, undefined],
      [
        'it lacks one',
        2,
        [
          [2, -1],
          [0, 1],
        ],
      ],
      [
        'it lacks all that the others have',
        7,
        [
          [2, -4],
          [1, -2],
          [0, 6],
        ],
      ],
      ['it lacks one more than they have', 8, undefined],
    ])('where %s', (_case, units, moved) => {
      const change = gathered(units);

      expect(change?.cells.map(({ cell, available: added }) => [cell.shard, added])).toEqual(moved);
      expect(change?.stockItem).toEqual(
        moved && {
          after: {
            ...sku,
            transferCount: 3,
            unitsTransferred: moved.at(-1)?.[1],
            version: 6,
            correlationId: 'corr-1',
          },
          expectedVersion: 5,
        },
      );
    });

    test('not for what puts units in', () => {
      expect(gathered(-3)).toBeUndefined();
    });
  });
});
