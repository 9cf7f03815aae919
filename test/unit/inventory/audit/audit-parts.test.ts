import { describe, expect, test } from 'vitest';
import type { CellDisagreement } from '../../../../lambdas/inventory/domain/audit/cell-books.ts';
import type { Cell } from '../../../../lambdas/inventory/domain/ledger/cell.ts';
import type {
  PartKind,
  Reservation,
} from '../../../../lambdas/inventory/domain/ledger/reservation.ts';
import { decideRestoreReservation } from '../../../../lambdas/inventory/domain/reservations/restore-reservation.ts';
import {
  commitReservation,
  takePartStep,
} from '../../../../lambdas/inventory/use-cases/reservations/change-reservation.ts';
import { reserveStock } from '../../../../lambdas/inventory/use-cases/reservations/reserve-stock.ts';
import { receiveStock } from '../../../../lambdas/inventory/use-cases/stock/update-stock.ts';
import { applyRepair, auditMemoryCell, checkpointAt } from '../../../support/audit.ts';
import {
  commitCommand,
  commitOf,
  context,
  NOON,
  receiveCommand,
  reserveCommand,
  seconds,
  stateWith,
  unwrap,
} from '../../../support/inventory.ts';
import { MemoryStockStore } from '../../../support/memory-stock-store.ts';

const LATER = NOON + seconds(2_000);
const TEA = 'tea#main#0';
const LINE = { sku: 'tea', locationId: 'main', shard: 0 };

/** Returns a book in which 5 of 9 committed units were shipped in two parts, and 1 was released. */
async function aBook() {
  const store = new MemoryStockStore();
  await receiveStock(store, receiveCommand({ quantity: 10 }));
  await reserveStock(store, reserveCommand({ lines: [{ sku: 'tea', quantity: 9 }] }));
  await commitReservation(store, commitCommand({ now: NOON + seconds(1) }));
  const take = (stepId: string, kind: PartKind, quantity: number, after: number) =>
    takePartStep(store, {
      ...context({ now: NOON + seconds(after) }),
      reservationId: 'res-1',
      stepId,
      kind,
      fingerprint: stepId,
      owner: 'order',
      lines: [{ sku: 'tea', locationId: 'main', quantity }],
    }).then(unwrap);
  await take('parcel-1', 'ship', 2, 2);
  await take('cancel-1', 'release', 1, 3);
  await take('parcel-2', 'ship', 3, 4);
  const cell = (): Cell => {
    const found = store.cells.get(TEA);
    if (found === undefined) throw new Error('there is no cell');
    return found;
  };
  const reservation = (): Reservation => {
    const found = store.reservations.get('res-1');
    if (found === undefined) throw new Error('there is no reservation');
    return found;
  };
  const found = (): CellDisagreement[] => auditMemoryCell(store, cell(), LATER);
  const repairAll = async () => {
    for (const one of found()) expect(await applyRepair(store, one, LATER)).toBe(true);
  };
  return { store, take, cell, reservation, found, repairAll };
}

const loseMovement = (store: MemoryStockStore, movementId: string) => {
  const left = store.movements.filter((movement) => movement.movementId !== movementId);
  expect(left.length).toBe(store.movements.length - 1);
  store.movements.splice(0, store.movements.length, ...left);
};

describe('the audit of a reservation with parts', () => {
  test('finds nothing while part of it is open, and nothing after its end', async () => {
    const { store, take, cell, found } = await aBook();

    expect(cell()).toMatchObject({ available: 2, committed: 3 });
    expect(found()).toEqual([]);
    await take('cancel-2', 'release', 3, 5);
    expect(store.reservations.get('res-1')?.status).toBe('FULFILLED');
    expect(found()).toEqual([]);
  });

  test('finds nothing from a checkpoint between the parts', async () => {
    const { store, take, cell } = await aBook();
    const now = NOON + seconds(4_000);
    const checkpoint = checkpointAt(store, cell(), now);
    await take('parcel-3', 'ship', 3, 4_000);

    expect(checkpoint?.positions).toEqual([`res-1 - ${NOON + seconds(4)} 3/5/1`]);
    expect(auditMemoryCell(store, cell(), now, checkpoint)).toEqual([]);
  });

  test.each([
    ['parcel-1', 'ship', 'SHIPPED', 2],
    ['parcel-2', 'ship', 'SHIPPED', 3],
    ['cancel-1', 'release', 'RELEASED', 1],
  ])('finds the lost movement of a part (%s), and restores it', async (...lostPart) => {
    const [stepId, step, kind, quantity] = lostPart;
    const { store, found, repairAll } = await aBook();
    loseMovement(store, `res-1.${step}.${stepId}.1`);

    expect(found()).toMatchObject([
      {
        kind: 'MOVEMENT_MISSING',
        isCertain: true,
        lost: [{ kind, quantity, from: { account: 'committed' }, reservationId: 'res-1' }],
      },
    ]);
    await repairAll();
    expect(found()).toEqual([]);
  });

  test.each<[string, Partial<Reservation>]>([
    ['a part less', { lines: [{ ...LINE, quantity: 9, shipped: 2, released: 1 }] }],
    ['no parts', { lines: [{ ...LINE, quantity: 9 }] }],
    ['the status FULFILLED', { status: 'FULFILLED' }],
    ['the status RELEASED', { status: 'RELEASED' }],
    ['no open units', { lines: [{ ...LINE, quantity: 9, shipped: 9 }] }],
  ])('finds a record with %s, and sets it to its movements', async (_case, edit) => {
    const { store, reservation, found, repairAll } = await aBook();
    const before = reservation();
    store.reservations.set('res-1', { ...before, ...edit });

    expect(found()).toMatchObject([{ kind: 'RESERVATION_DIFFERS', expected: { committed: 3 } }]);
    await repairAll();
    expect(found()).toEqual([]);
    expect(reservation()).toMatchObject({ status: before.status, lines: before.lines });
  });

  test('restores a lost record with its parts and steps, so that a repeat takes nothing', async () => {
    const { store, reservation, take, found } = await aBook();
    const before = reservation();
    store.reservations.delete('res-1');
    const movements = store.movements.filter(({ reservationId }) => reservationId === 'res-1');

    const { value } = commitOf(
      decideRestoreReservation(stateWith([]), {
        ...context({ now: LATER }),
        reservationId: 'res-1',
        findingId: 'fnd-1',
        lines: [{ sku: 'tea', quantity: 9 }],
        traces: [{ cell: LINE, movements }],
      }),
    );
    store.reservations.set('res-1', value);

    expect(value).toMatchObject({ status: 'COMMITTED', lines: before.lines });
    expect(value.steps?.map(({ stepId, kind, at }) => [stepId, kind, at])).toEqual(
      before.steps?.map(({ stepId, kind, at }) => [stepId, kind, at]),
    );
    expect(found()).toEqual([]);
    await expect(take('parcel-1', 'ship', 2, 9)).rejects.toThrow('keyReused');
    expect(store.cells.get(TEA)?.committed).toBe(3);
  });
});
