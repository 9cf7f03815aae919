import { describe, expect, test } from 'vitest';
import type { CellDisagreement } from '../../../../lambdas/inventory/domain/audit/cell-books.ts';
import {
  commitReservation,
  shipReservation,
} from '../../../../lambdas/inventory/use-cases/reservations/change-reservation.ts';
import { reserveStock } from '../../../../lambdas/inventory/use-cases/reservations/reserve-stock.ts';
import { rebalanceStock } from '../../../../lambdas/inventory/use-cases/sharding/rebalance-stock.ts';
import {
  adjustStock,
  putStock,
  receiveStock,
} from '../../../../lambdas/inventory/use-cases/stock/update-stock.ts';
import { applyRepair, auditMemoryCell, checkpointAt } from '../../../support/audit.ts';
import {
  adjustCommand,
  commitCommand,
  context,
  NOON,
  receiveCommand,
  reserveCommand,
  seconds,
} from '../../../support/inventory.ts';
import { MemoryStockStore } from '../../../support/memory-stock-store.ts';

const LATER = NOON + seconds(2_000);

/** Returns a book with ten units of tea in three cells: 4, 3 and 3. */
async function aBook() {
  const store = new MemoryStockStore();
  await receiveStock(store, receiveCommand({ quantity: 10 }));
  const setShards = async (shardCount: number, after: number) => {
    const at = context({ now: NOON + seconds(after) });
    await putStock(store, { ...at, sku: 'tea', shardCount });
    await rebalanceStock(store, { ...at, sku: 'tea' });
  };
  await setShards(3, 1);
  const found = (now = LATER): CellDisagreement[] =>
    [...store.cells.values()].flatMap((cell) => auditMemoryCell(store, cell, now));
  const lose = (movementId: string) => {
    const left = store.movements.filter((movement) => movement.movementId !== movementId);
    store.movements.splice(0, store.movements.length, ...left);
  };
  return { store, setShards, found, lose };
}

describe('the audit of a SKU with several cells', () => {
  test('finds nothing after a split hold, a shipment, an adjustment and fewer shards', async () => {
    const { store, setShards, found } = await aBook();
    await reserveStock(store, reserveCommand({ lines: [{ sku: 'tea', quantity: 6 }] }));
    await commitReservation(store, commitCommand());
    await shipReservation(store, commitCommand());
    await adjustStock(store, adjustCommand({ delta: -3 }));
    await setShards(1, 50);

    expect(found()).toEqual([]);
    expect([...store.cells.values()].map(({ available }) => available)).toEqual([1, 0, 0]);
  });

  test.each([
    [
      'out of its cell',
      'transfer#tea#1.1',
      0,
      { from: { account: 'available' }, to: { account: 'available', shard: 1 } },
    ],
    [
      'into its cell',
      'transfer#tea#1.2',
      1,
      { from: { account: 'available', shard: 0 }, to: { account: 'available' } },
    ],
  ])(
    'finds a lost half of a transfer (%s) in that cell, and the repair restores it',
    async (_half, movementId, shard, accounts) => {
      const { store, found, lose } = await aBook();
      lose(movementId);

      const [missing, ...others] = found();

      expect(others).toEqual([]);
      expect(missing).toMatchObject({
        kind: 'MOVEMENT_MISSING',
        cell: { sku: 'tea', locationId: 'main', shard },
        isRestorable: true,
        lost: [{ movementId, kind: 'TRANSFERRED', quantity: 3, by: 'tester', ...accounts }],
      });
      expect(missing && (await applyRepair(store, missing, LATER))).toBe(true);
      expect(found(LATER + 1)).toEqual([]);
    },
  );

  test('finds both lost halves of a transfer, and the repairs restore them', async () => {
    const { store, found, lose } = await aBook();
    lose('transfer#tea#2.1');
    lose('transfer#tea#2.2');

    const missing = found();

    expect(missing.map(({ kind, cell }) => [kind, cell.shard])).toEqual([
      ['MOVEMENT_MISSING', 0],
      ['MOVEMENT_MISSING', 2],
    ]);
    for (const one of missing) await applyRepair(store, one, LATER);
    expect(found(LATER + 1)).toEqual([]);
  });

  test('finds the lost operation record of a transfer in each of its cells', async () => {
    const { store, found } = await aBook();
    store.operations.delete('transfer#tea#1');

    expect(found()).toMatchObject([
      {
        kind: 'RECORD_MISSING',
        record: 'operation:transfer#tea#1',
        quantity: 3,
        cell: { shard: 0 },
      },
      {
        kind: 'RECORD_MISSING',
        record: 'operation:transfer#tea#1',
        quantity: 3,
        cell: { shard: 1 },
      },
    ]);
  });

  test('finds units that were added to a balance manually', async () => {
    const { store, found } = await aBook();
    const cell = store.cells.get('tea#main#2');
    if (cell !== undefined) store.cells.set('tea#main#2', { ...cell, available: 7 });

    expect(found()).toMatchObject([
      {
        kind: 'BALANCE_DIFFERS',
        cell: { shard: 2 },
        balance: { available: 7 },
        movements: { available: 3 },
        isRebuildable: true,
      },
    ]);
  });

  test('finds nothing from a checkpoint between two transfers on', async () => {
    const { store, setShards } = await aBook();
    const settled = NOON + seconds(1_000);
    const checkpoints = [...store.cells].map(
      ([id, cell]) => [id, checkpointAt(store, cell, settled)] as const,
    );
    await setShards(1, 1_100);

    expect(checkpoints.every(([, checkpoint]) => checkpoint !== undefined)).toBe(true);
    for (const [id, checkpoint] of checkpoints) {
      const cell = store.cells.get(id);
      expect(cell && auditMemoryCell(store, cell, LATER, checkpoint)).toEqual([]);
    }
  });
});
