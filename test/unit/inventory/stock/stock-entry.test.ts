import { describe, expect, test } from 'vitest';
import { homeCellKey, mainCellKey } from '../../../../lambdas/inventory/domain/ledger/cell.ts';
import { reject, rejectUnconfirmed } from '../../../../lambdas/inventory/domain/ledger/decision.ts';
import { AVAILABLE, OUTSIDE } from '../../../../lambdas/inventory/domain/ledger/movement.ts';
import { consolidateAtHome } from '../../../../lambdas/inventory/domain/stock/consolidate-at-home.ts';
import {
  decideAdjust,
  decideReceive,
} from '../../../../lambdas/inventory/domain/stock/stock-entry.ts';
import {
  aCell,
  aCellChange,
  adjustCommand,
  aLocation,
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

describe('a receipt', () => {
  test('adds units to available, writes its operation record and returns its movement', () => {
    const state = stateWith([aCell({ available: 4 })], { sku: aStockItem() });

    const decision = decideReceive(state, receiveCommand({ reference: 'delivery 17' }));

    const movement = aMovement({
      movementId: 'receipt-1.1',
      quantity: 5,
      from: OUTSIDE,
      to: AVAILABLE,
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

  test('for an unknown SKU is rejected without createSku', () => {
    const decision = decideReceive(stateWith([]), receiveCommand({ createSku: false }));
    const unsaid = decideReceive(stateWith([]), receiveCommand({ createSku: undefined }));

    expect([decision, unsaid]).toEqual([
      rejectUnconfirmed({ kind: 'notFound' }),
      rejectUnconfirmed({ kind: 'notFound' }),
    ]);
  });

  test('with createSku creates the SKU and its cell', () => {
    const change = changeOf(decideReceive(stateWith([]), receiveCommand()));

    expect(change.cells).toMatchObject([{ cell: mainCellKey('tea'), isNew: true, available: 5 }]);
    expect(change.stockItem).toEqual({
      after: aStockItem({ correlationId: 'corr-1' }),
      expectedVersion: undefined,
    });
  });

  test('of a new SKU at another location creates its empty main cell too', () => {
    const state = stateWith([], { locations: [aLocation()] });

    const change = changeOf(decideReceive(state, receiveCommand({ locationId: 'annex' })));

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

  test('at a new location of a SKU creates the cell and adds the location', () => {
    const sku = aStockItem({ version: 3 });
    const state = stateWith([aCell()], { sku, locations: [aLocation()] });

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
  ] as const)('is limited in locations and cells: %s', (_case, count, peakShardCount, error) => {
    const sku = aStockItem({ locations: places(count), peakShardCount });
    const state = stateWith([aCell()], { sku, locations: [aLocation()] });
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

  test('at an existing location of a full SKU is accepted', () => {
    const sku = aStockItem({ locations: places(20) });

    expect(decideReceive(stateWith([aCell()], { sku }), receiveCommand()).next).toBe('commit');
  });

  test('at an existing location does not change the record of the SKU', () => {
    const state = stateWith([aCell()], { sku: aStockItem() });

    expect(changeOf(decideReceive(state, receiveCommand()))).not.toHaveProperty('sku');
  });

  test('releases no expired bucket, because it needs no units', () => {
    const cell = aCell({ held: { [NOON_BUCKET]: 3 } });
    const state = stateWith([cell], { sku: aStockItem() });

    const change = changeOf(decideReceive(state, receiveCommand({ now: NOON + seconds(600) })));

    expect(change.cells[0]).toMatchObject({ expiredBuckets: [], guard: {} });
  });

  test('returns the first result when repeated, and changes nothing', () => {
    const entry = { cell: mainCellKey('tea'), movement: aMovement({ movementId: 'receipt-1.1' }) };
    const state = stateWith([aCell()], {
      sku: aStockItem(),
      operation: anOperationRecord({ entry }),
    });

    expect(decideReceive(state, receiveCommand())).toEqual({ next: 'replay', value: entry });
  });

  test('throws when its operation record has no entry', () => {
    const state = stateWith([aCell()], { sku: aStockItem(), operation: anOperationRecord() });

    expect(() => decideReceive(state, receiveCommand())).toThrow(
      'operation receipt-1 has no entry',
    );
  });

  test('with another body and the same key is rejected', () => {
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

  test('below 0 takes units out of available, with its reason', () => {
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
            from: AVAILABLE,
            to: OUTSIDE,
            reason: 'damaged',
            note: 'fell off the shelf',
          }),
        ],
      }),
    ]);
  });

  test('above 0 adds units to available, without a guard', () => {
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
            from: OUTSIDE,
            to: AVAILABLE,
            reason: 'cycle_count',
          }),
        ],
      }),
    ]);
  });

  test.each([
    ['one unit less than needed', 1, false],
    ['as many as needed', 2, true],
    ['one unit more than needed', 3, true],
  ])('by -2 takes only available units, not held or committed ones: %s', (_case, units, ok) => {
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

  test('returns its own movement, not that of an expiry in the same change', () => {
    const now = NOON + seconds(120);

    const { value, change } = commitOf(adjust(1, { now }));

    expect(change?.cells[0]?.movements.map(({ movementId, kind }) => [movementId, kind])).toEqual([
      ['adjustment-1.1', 'EXPIRED'],
      ['adjustment-1.2', 'ADJUSTED'],
    ]);
    expect(value.movement.movementId).toBe('adjustment-1.2');
  });

  test('at a location without a cell creates one, or finds no units to take', () => {
    const state = stateWith([aCell({ available: 9 })], {
      sku: aStockItem(),
      locations: [aLocation()],
    });

    const found = decideAdjust(state, adjustCommand({ delta: 1, locationId: 'annex' }));
    const lost = decideAdjust(state, adjustCommand({ delta: -1, locationId: 'annex' }));

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

  test.each([-1, 1])('of an unknown SKU is rejected (by %i)', (delta) => {
    expect(decideAdjust(stateWith([]), adjustCommand({ delta }))).toMatchObject(
      reject({ kind: 'notFound' }),
    );
  });

  test('returns the first result when repeated, even if no units are left', () => {
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

  test('with another body and the same key is rejected', () => {
    const operation = anOperationRecord({ operationId: 'adjustment-1', fingerprint: 'other' });

    const decision = decideAdjust(
      stateWith([aCell()], { sku: aStockItem(), operation }),
      adjustCommand(),
    );

    expect(decision).toMatchObject(reject({ kind: 'keyReused' }));
  });
});

describe('a SKU with several cells', () => {
  const sku = aStockItem({ shardCount: 3, transferCount: 2, version: 5 });
  const cells = (...units: readonly number[]) =>
    units.map((quantity, shard) => aCell({ shard, available: quantity, version: shard + 1 }));

  test('gets receipts in the first of them', () => {
    const change = changeOf(decideReceive(stateWith(cells(1, 2, 4), { sku }), receiveCommand()));

    expect(change.cells.map(({ cell, available: added }) => [cell, added])).toEqual([
      [mainCellKey('tea'), 5],
    ]);
  });

  test('is short by the units of all of them', () => {
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

  describe('brings units to the first cell', () => {
    const transferFor = (units: number, rest: Parameters<typeof stateWith>[1] = { sku }) => {
      const elsewhere = aCell({ locationId: 'annex', shard: 1, available: 9 });
      const state = stateWith([...cells(1, 2, 4), elsewhere], rest);
      return consolidateAtHome(state, { key: mainCellKey('tea'), units }, context());
    };

    test.each([
      ['it lacks none', 1, undefined],
      [
        'it lacks one',
        2,
        [
          [2, -1],
          [0, 1],
        ],
      ],
      [
        'it lacks as many as the others have',
        7,
        [
          [2, -4],
          [1, -2],
          [0, 6],
        ],
      ],
      ['it lacks one more than the others have', 8, undefined],
    ])('when %s', (_case, units, moved) => {
      const change = transferFor(units);

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

    test('but not for an adjustment above 0', () => {
      expect(transferFor(-3)).toBeUndefined();
    });
  });
});
