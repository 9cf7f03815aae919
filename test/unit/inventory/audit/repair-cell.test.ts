import { describe, expect, test } from 'vitest';
import type { SafetyStock } from '../../../../lambdas/contracts/api/inventory.ts';
import {
  decideRebuildCell,
  decideRestoreMovements,
} from '../../../../lambdas/inventory/domain/audit/repair-cell.ts';
import { applyCellChange } from '../../../../lambdas/inventory/domain/ledger/apply-change.ts';
import { mainCellKey } from '../../../../lambdas/inventory/domain/ledger/cell.ts';
import { reject } from '../../../../lambdas/inventory/domain/ledger/decision.ts';
import { defined } from '../../../../lambdas/shared/core/defined.ts';
import { aCell, aStockItem, changeOf, context, stateWith } from '../../../support/inventory.ts';

const repair = (version: number) => ({
  ...context(),
  operationId: 'repair-1',
  fingerprint: 'print-1',
  findingId: 'finding-1',
  cell: mainCellKey('tea'),
  version,
});
const accounts = { available: 5, held: {}, committed: 0 };
const lost = [
  { kind: 'RECEIVED', quantity: 5, from: { account: 'outside' }, to: { account: 'available' } },
] as const;
const state = stateWith([aCell({ available: 8, version: 7 })]);

describe('a repair of a cell', () => {
  test('changes the audited cell, guarded by its version', () => {
    expect(changeOf(decideRebuildCell(state, { ...repair(7), accounts })).cells[0]).toMatchObject({
      available: -3,
      guard: { version: 7 },
    });
    expect(changeOf(decideRestoreMovements(state, { ...repair(7), lost })).cells[0]).toMatchObject({
      available: 0,
      guard: { version: 7 },
    });
  });

  test.each([6, 8])('is rejected at version 7 when version %i was audited', (version) => {
    expect(decideRebuildCell(state, { ...repair(version), accounts })).toMatchObject(
      reject({ kind: 'versionConflict' }),
    );
    expect(decideRestoreMovements(state, { ...repair(version), lost })).toMatchObject(
      reject({ kind: 'versionConflict' }),
    );
  });

  test.each([
    ['open', 2, undefined],
    [
      'closed',
      1,
      { openShardCount: 2, transferCount: 1, unitsTransferred: accounts.available, version: 2 },
    ],
  ])(
    'of a cell that is %s leaves it open, so that its units are visible',
    (_case, openShardCount, after) => {
      const sku = { ...aStockItem(), openShardCount, peakShardCount: 2 };
      const cell = aCell({ shard: 1, available: 0, version: 7 });
      const command = { ...repair(7), cell: { ...mainCellKey('tea'), shard: 1 }, accounts };

      const change = changeOf(decideRebuildCell(stateWith([cell], { sku }), command));

      expect(change.stockItem).toEqual(
        after && { after: expect.objectContaining(after), expectedVersion: 1 },
      );
    },
  );

  const rebuiltFloor = (
    cell: Parameters<typeof aCell>[0],
    safetyStock: SafetyStock | undefined,
  ) => {
    const shards = { shardCount: 2, openShardCount: 2, peakShardCount: 2 };
    const locations = ['main', 'annex'];
    const sku = aStockItem({ ...shards, locations, ...defined({ safetyStock }) });
    const before = aCell({ available: 8, version: 7, ...cell });
    const change = changeOf(
      decideRebuildCell(stateWith([before], { sku }), { ...repair(7), cell: before, accounts }),
    );
    const [cellChange] = change.cells;
    if (cellChange === undefined) throw new Error('no cell is changed');
    return { cell: applyCellChange(before, cellChange), stockItem: change.stockItem };
  };

  test.each<[string, Parameters<typeof aCell>[0], SafetyStock | undefined, number | undefined]>([
    ['that lost its floor', {}, 4, 4],
    ['at another location', { locationId: 'annex' }, { annex: 3 }, 3],
    ['with an old floor', { floor: 9 }, 4, 4],
    ['whose SKU has no safety stock any more', { floor: 9 }, undefined, undefined],
  ])(
    'of a first cell %s takes the floor from its SKU, unless that changes meanwhile',
    (_case, cell, safetyStock, floor) => {
      const rebuilt = rebuiltFloor(cell, safetyStock);

      expect(rebuilt.cell.available).toBe(accounts.available);
      expect(rebuilt.cell.floor).toBe(floor);
      expect(rebuilt.stockItem).toMatchObject({
        after: { version: 2, transferCount: 0, ...defined({ safetyStock }) },
        expectedVersion: 1,
      });
    },
  );

  test.each<[string, Parameters<typeof aCell>[0], SafetyStock | undefined]>([
    ['a first cell with the floor of its SKU', { floor: 4 }, 4],
    ['a first cell without safety stock', {}, undefined],
    ['another cell', { shard: 1 }, 4],
  ])('of %s leaves the floor and the SKU unchanged', (_case, cell, safetyStock) => {
    const rebuilt = rebuiltFloor(cell, safetyStock);

    expect(rebuilt.cell.floor).toBe(cell?.floor);
    expect(rebuilt.stockItem).toBeUndefined();
  });
});
