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

/** A book with ten units of tea over three cells: 4, 3 and 3. */
async function book() {
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

describe('the books of a sku of several cells', () => {
  test('agree, through gathering, selling, counting off and bringing together', async () => {
    const { store, setShards, found } = await book();
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
    'tell of a transfer whose half %s is lost, in that cell, and have it again',
    async (_half, movementId, shard, way) => {
      const { store, found, lose } = await book();
      lose(movementId);

      const [missing, ...others] = found();

      expect(others).toEqual([]);
      expect(missing).toMatchObject({
        kind: 'MOVEMENT_MISSING',
        cell: { sku: 'tea', locationId: 'main', shard },
        isRestorable: true,
        lost: [{ movementId, kind: 'TRANSFERRED', quantity: 3, by: 'tester', ...way }],
      });
      expect(missing && (await applyRepair(store, missing, LATER))).toBe(true);
      expect(found(LATER + 1)).toEqual([]);
    },
  );

  test('tell of a transfer that is lost at both ends in both cells, and have it again', async () => {
    const { store, found, lose } = await book();
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

  test('tell of the mark of a transfer that is lost, in each of its cells', async () => {
    const { store, found } = await book();
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

  test('tell of units that were put into a cell by hand', async () => {
    const { store, found } = await book();
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

  test('agree from a checkpoint between two transfers on', async () => {
    const { store, setShards } = await book();
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
