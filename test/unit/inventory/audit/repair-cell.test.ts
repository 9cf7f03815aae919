import { describe, expect, test } from 'vitest';
import {
  decideRebuildCell,
  decideRestoreMovements,
} from '../../../../lambdas/inventory/domain/audit/repair-cell.ts';
import { mainCellKey } from '../../../../lambdas/inventory/domain/ledger/cell.ts';
import { reject } from '../../../../lambdas/inventory/domain/ledger/decision.ts';
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
});
