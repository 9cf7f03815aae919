import { describe, expect, test } from 'vitest';
import { auditCell } from '../../../../lambdas/inventory/domain/audit/audit-cell.ts';
import { cellIdOf, mainCellKey } from '../../../../lambdas/inventory/domain/ledger/cell.ts';
import { reserveStock } from '../../../../lambdas/inventory/use-cases/reservations/reserve-stock.ts';
import { receiveStock } from '../../../../lambdas/inventory/use-cases/stock/update-stock.ts';
import { replayOf } from '../../../support/audit.ts';
import { NOON, receiveCommand, reserveCommand, seconds } from '../../../support/inventory.ts';
import { MemoryStockStore } from '../../../support/memory-stock-store.ts';

/**
 * Returns a book in which the record of a hold is unreadable, and `more` units were added to the
 * balance.
 */
async function aBook(more: number) {
  const store = new MemoryStockStore();
  await receiveStock(store, receiveCommand({ quantity: 10 }));
  await reserveStock(store, reserveCommand({ reservationId: 'res-1' }));
  const cell = store.cells.get(cellIdOf(mainCellKey('tea')));
  if (cell === undefined) throw new Error('the cell of tea does not exist');
  return {
    cell: { ...cell, available: cell.available + more },
    replay: replayOf(store, cell),
    reservations: new Map(),
    operations: store.operations,
    entryRecords: [],
    unreadable: new Set(['reservation:res-1']),
  };
}

describe('an unreadable record', () => {
  test('is not a missing record', async () => {
    expect(auditCell(await aBook(0), NOON + seconds(1))).toEqual([]);
  });

  test('prevents the repair of its cell', async () => {
    expect(auditCell(await aBook(2), NOON + seconds(1))).toMatchObject([
      { kind: 'BALANCE_DIFFERS', doubt: 'UNREADABLE_RECORD', isRebuildable: false },
    ]);
  });
});
