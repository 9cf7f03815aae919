import { describe, expect, test } from 'vitest';
import { LostMovement } from '../../../../lambdas/contracts/api/audit.ts';
import { CellAuditQuery } from '../../../../lambdas/contracts/api/audit-queries.ts';
import { ReceiveStockRequest } from '../../../../lambdas/contracts/api/inventory.ts';
import { LocationId, PlaceId } from '../../../../lambdas/contracts/primitives.ts';
import { cellIdOf } from '../../../../lambdas/inventory/domain/ledger/cell.ts';
import { AVAILABLE, COMMITTED } from '../../../../lambdas/inventory/domain/ledger/movement.ts';
import { reportAt } from '../../../../lambdas/inventory/domain/stock/stock-of-sku.ts';
import { reserveStock } from '../../../../lambdas/inventory/use-cases/reservations/reserve-stock.ts';
import { readCountBasis } from '../../../../lambdas/inventory/use-cases/stock/count-basis.ts';
import { getStock } from '../../../../lambdas/inventory/use-cases/stock/read-stock.ts';
import { receiveStock } from '../../../../lambdas/inventory/use-cases/stock/update-stock.ts';
import { toIso } from '../../../../lambdas/shared/core/instant.ts';
import { checkCells } from '../../../simulator/checks/cell-checker.ts';
import { applyRepair, auditMemoryCell } from '../../../support/audit.ts';
import {
  aCell,
  aMovement,
  anOperationRecord,
  NOON,
  receiveCommand,
  reserveCommand,
  seconds,
  unwrap,
} from '../../../support/inventory.ts';
import { asAuditReader, MemoryAuditReader } from '../../../support/memory-audit-reader.ts';
import { MemoryStockStore } from '../../../support/memory-stock-store.ts';

const LEFT_AT = NOON + seconds(60);
const LATER = LEFT_AT + seconds(60);
const ON_THE_WAY = { sku: 'tea', locationId: 'in:inb-1', shard: 0 };
const AT_MAIN = { sku: 'tea', locationId: 'main', shard: 0 };

/** Returns a book in which 4 of 10 units left `main` for a transfer on its way. */
async function aBook() {
  const store = new MemoryStockStore();
  await receiveStock(store, receiveCommand({ quantity: 10 }));
  const halves = [
    {
      cell: AT_MAIN,
      movement: aMovement({
        movementId: 'leave-1.1',
        at: LEFT_AT,
        kind: 'TRANSFERRED',
        quantity: 4,
        from: AVAILABLE,
        to: { ...AVAILABLE, locationId: ON_THE_WAY.locationId },
      }),
    },
    {
      cell: ON_THE_WAY,
      movement: aMovement({
        movementId: 'leave-1.2',
        at: LEFT_AT,
        kind: 'TRANSFERRED',
        quantity: 4,
        from: { ...AVAILABLE, shard: 0, locationId: AT_MAIN.locationId },
        to: AVAILABLE,
      }),
    },
  ];
  const atMain = store.cells.get(cellIdOf(AT_MAIN));
  store.cells.set(cellIdOf(AT_MAIN), aCell({ ...atMain, available: 6, version: 2 }));
  store.cells.set(cellIdOf(ON_THE_WAY), aCell({ ...ON_THE_WAY, available: 4 }));
  store.operations.set('leave-1', anOperationRecord({ operationId: 'leave-1', at: LEFT_AT }));
  for (const entry of halves) {
    const { cell, movement } = entry;
    store.movements.push({ ...movement, cellId: cellIdOf(cell) });
    const { movementId: operationId } = movement;
    store.operations.set(operationId, anOperationRecord({ operationId, at: LEFT_AT, entry }));
  }
  const found = () =>
    [...store.cells.values()].flatMap((one) => auditMemoryCell(store, one, LATER));
  return { store, found };
}

describe('units on their way between two places', () => {
  test('agree with their movements: each half counts in its own cell', async () => {
    const { store, found } = await aBook();

    expect(found()).toEqual([]);
    expect(
      checkCells({
        cells: [...store.cells].map(([id, cell]) => ({
          id,
          cell,
          movements: store.movements.filter(({ cellId }) => cellId === id),
        })),
        reservations: [],
      }),
    ).toEqual([]);
  });

  test.each([
    ['leaves', 'leave-1.1', AT_MAIN, { to: { account: 'available', locationId: 'in:inb-1' } }],
    ['arrives', 'leave-1.2', ON_THE_WAY, { from: { account: 'available', locationId: 'main' } }],
  ])('have a movement that %s: if it is lost, it is found there and restored', async (...half) => {
    const [_leaves, lostId, cell, accounts] = half;
    const { store, found } = await aBook();
    const left = store.movements.filter(({ movementId }) => movementId !== lostId);
    store.movements.splice(0, store.movements.length, ...left);

    const [missing, ...others] = found();

    expect(others).toEqual([]);
    expect(missing).toMatchObject({
      kind: 'MOVEMENT_MISSING',
      cell,
      lost: [{ movementId: lostId, quantity: 4, ...accounts }],
    });
    expect(missing !== undefined && (await applyRepair(store, missing, LATER))).toBe(true);
    expect(found()).toEqual([]);
  });

  test('are not on hand, and cannot be held', async () => {
    const { store } = await aBook();

    const stock = unwrap(await getStock(store, 'tea'));
    const reserved = await reserveStock(
      store,
      reserveCommand({ now: LATER, lines: [{ sku: 'tea', quantity: 7 }] }),
    );

    expect(reportAt(stock, LATER)).toMatchObject({ onHand: 6, available: 6 });
    expect(reserved).toMatchObject({
      ok: false,
      error: { shortages: [{ requested: 7, available: 6 }] },
    });
  });

  test('were on hand at a count before they left, and are not on hand at a count after it', async () => {
    const { store } = await aBook();
    const reader = asAuditReader(new MemoryAuditReader(store));
    const expectedAt = async (at: number) => {
      const ports = { store, reader, clock: () => LATER };
      const count = { sku: 'tea', locationId: 'main', at: toIso(at), counted: 9 };
      return unwrap(await readCountBasis(ports, count, { now: LATER, deadline: LATER + 9_000 }))
        .expected;
    };

    expect(await expectedAt(LEFT_AT - 1)).toBe(10);
    expect(await expectedAt(LEFT_AT)).toBe(6);
  });
});

describe('the id of a place', () => {
  test.each(['main', 'in:inb-1', `in:${'a'.repeat(64)}`])('may be %s', (id) => {
    expect(PlaceId.safeParse(id).success).toBe(true);
  });

  test.each(['in:', ':inb', 'in:a#b', 'in:a.b', `in:${'a'.repeat(65)}`, 'at:a', ''])(
    'cannot be %j',
    (id) => {
      expect(PlaceId.safeParse(id).success).toBe(false);
    },
  );

  test('on the way is valid in audits and in no request of a client', () => {
    const id = 'in:inb-1';
    const from = { ...COMMITTED, shard: 0, locationId: id };
    const lost = { kind: 'TRANSFERRED', quantity: 1, from, to: AVAILABLE };

    expect(CellAuditQuery.safeParse({ sku: 'tea', locationId: id }).success).toBe(true);
    expect(LostMovement.parse(lost)).toEqual(lost);
    expect(LocationId.safeParse(id).success).toBe(false);
    expect(ReceiveStockRequest.safeParse({ quantity: 1, locationId: id }).success).toBe(false);
  });
});
