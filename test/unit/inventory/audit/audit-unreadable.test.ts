import { describe, expect, test } from 'vitest';
import { auditCell } from '../../../../lambdas/inventory/domain/audit/audit-cell.ts';
import { cellIdOf, mainCellKey } from '../../../../lambdas/inventory/domain/ledger/cell.ts';
import { reserveStock } from '../../../../lambdas/inventory/use-cases/reservations/reserve-stock.ts';
import { receiveStock } from '../../../../lambdas/inventory/use-cases/stock/update-stock.ts';
import { replayOf } from '../../../support/audit.ts';
import { NOON, receiveCommand, reserveCommand, seconds } from '../../../support/inventory.ts';
import { MemoryStockStore } from '../../../support/memory-stock-store.ts';

/** Books of which the marker of a hold cannot be read; and a balance that has changed beside it. */
async function books(more: number) {
  const store = new MemoryStockStore();
  await receiveStock(store, receiveCommand({ quantity: 10 }));
  await reserveStock(store, reserveCommand({ reservationId: 'res-1' }));
  const cell = store.cells.get(cellIdOf(mainCellKey('tea')));
  if (cell === undefined) throw new Error('there is no tea');
  return {
    cell: { ...cell, available: cell.available + more },
    replay: replayOf(store, cell),
    reservations: new Map(),
    operations: store.operations,
    entryRecords: [],
    unreadable: new Set(['reservation:res-1']),
  };
}

describe('a marker that cannot be read', () => {
  test('is not a missing one', async () => {
    expect(auditCell(await books(0), NOON + seconds(1))).toEqual([]);
  });

  test('keeps its cell from being repaired without it', async () => {
    expect(auditCell(await books(2), NOON + seconds(1))).toMatchObject([
      { kind: 'BALANCE_DIFFERS', doubt: 'UNREADABLE_RECORD', isRebuildable: false },
    ]);
  });
});
