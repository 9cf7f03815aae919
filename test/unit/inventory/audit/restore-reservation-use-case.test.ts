import { expect, test } from 'vitest';
import { cellIdOf } from '../../../../lambdas/inventory/domain/ledger/cell.ts';
import type { AuditReader } from '../../../../lambdas/inventory/use-cases/audit/audit-ports.ts';
import { restoreReservation } from '../../../../lambdas/inventory/use-cases/audit/restore-reservation.ts';
import { commitReservation } from '../../../../lambdas/inventory/use-cases/reservations/change-reservation.ts';
import { reserveStock } from '../../../../lambdas/inventory/use-cases/reservations/reserve-stock.ts';
import { receiveStock } from '../../../../lambdas/inventory/use-cases/stock/update-stock.ts';
import { batchesOf } from '../../../support/audit.ts';
import {
  commitCommand,
  context,
  NOON,
  receiveCommand,
  reserveCommand,
  seconds,
  unwrap,
} from '../../../support/inventory.ts';
import { MemoryStockStore } from '../../../support/memory-stock-store.ts';

const DAY = seconds(24 * 3_600);

/** Returns a reader of the movements in memory, by the time in their keys. */
const readerOf = (store: MemoryStockStore): AuditReader => {
  const reader = {
    movements: async function* (
      key: Parameters<AuditReader['movements']>[0],
      range: { since?: number; until: number },
    ) {
      const cell = store.cells.get(cellIdOf(key));
      if (cell === undefined) return;
      for (const entry of batchesOf(store, cell))
        if (entry.at >= (range.since ?? 0) && entry.at <= range.until) yield entry;
    },
  };
  return reader as unknown as AuditReader;
};

test('a lost record of two SKUs is restored with the lines of both, a day later', async () => {
  const store = new MemoryStockStore();
  for (const sku of ['tea', 'cup'])
    await receiveStock(store, receiveCommand({ sku, quantity: 10, operationId: `in-${sku}` }));
  const lines = [
    { sku: 'tea', quantity: 2 },
    { sku: 'cup', quantity: 1 },
  ];
  const placed = {
    ...context({ now: NOON + seconds(1) }),
    reservationId: 'res-1',
    orderId: 'res-1',
  };
  unwrap(await reserveStock(store, reserveCommand({ ...placed, lines })));
  await commitReservation(
    store,
    commitCommand({ ...context({ now: NOON + seconds(2) }), reservationId: 'res-1' }),
  );
  const before = store.reservations.get('res-1');
  store.reservations.delete('res-1');

  const restored = await restoreReservation(
    { store, reader: readerOf(store) },
    {
      ...context({ now: NOON + DAY }),
      reservationId: 'res-1',
      findingId: 'fnd-1',
      placedAt: NOON,
      lines,
    },
  );

  expect(restored).toMatchObject({ ok: true, value: { status: 'COMMITTED' } });
  expect(store.reservations.get('res-1')?.lines).toEqual(before?.lines);
});
