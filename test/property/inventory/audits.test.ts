import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ReservationStatus } from '../../../lambdas/contracts/api/reservations.ts';
import type { Checkpoint } from '../../../lambdas/inventory/domain/audit/checkpoint.ts';
import { bucketsOf } from '../../../lambdas/inventory/domain/ledger/cell.ts';
import type { PartKind } from '../../../lambdas/inventory/domain/ledger/reservation.ts';
import {
  commitReservation,
  extendReservation,
  releaseReservation,
  shipReservation,
  takePartStep,
} from '../../../lambdas/inventory/use-cases/reservations/change-reservation.ts';
import { reserveStock } from '../../../lambdas/inventory/use-cases/reservations/reserve-stock.ts';
import { rebalanceStock } from '../../../lambdas/inventory/use-cases/sharding/rebalance-stock.ts';
import {
  adjustStock,
  putStock,
  receiveStock,
} from '../../../lambdas/inventory/use-cases/stock/update-stock.ts';
import { checkCells } from '../../simulator/checks/cell-checker.ts';
import { applyRepair, auditMemoryCell, batchesOf, checkpointAt } from '../../support/audit.ts';
import { NOON, seconds } from '../../support/inventory.ts';
import { MemoryStockStore } from '../../support/memory-stock-store.ts';

const RUNS = Number(process.env.AUDIT_RUNS ?? 1_500);
const SKUS = ['tea', 'cup'];
const BUCKET_SECONDS = 60;

type Step =
  | { readonly kind: 'receive' | 'adjust'; readonly sku: string; readonly quantity: number }
  | {
      readonly kind: 'reserve';
      readonly id: string;
      readonly quantities: readonly number[];
      readonly ttl: number;
    }
  | {
      readonly kind: 'extend' | 'release' | 'commit' | 'ship';
      readonly id: string;
      readonly ttl: number;
    }
  | {
      readonly kind: 'part';
      readonly id: string;
      readonly part: PartKind;
      readonly sku: string;
      readonly quantity: number;
    }
  | { readonly kind: 'spread'; readonly sku: string; readonly shards: number }
  | { readonly kind: 'wait'; readonly seconds: number };

const id = fc.constantFrom('r1', 'r2', 'r3', 'r4');
const ttl = fc.constantFrom(60, 90, 180);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom('receive' as const, 'adjust' as const),
      sku: fc.constantFrom(...SKUS),
      quantity: fc.integer({ min: 1, max: 4 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('reserve' as const),
      id,
      quantities: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 0, max: 2 })),
      ttl,
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        'extend' as const,
        'release' as const,
        'commit' as const,
        'commit' as const,
        'ship' as const,
      ),
      id,
      ttl,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('part' as const),
      id,
      part: fc.constantFrom('ship' as const, 'release' as const),
      sku: fc.constantFrom(...SKUS),
      quantity: fc.integer({ min: 1, max: 2 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('spread' as const),
      sku: fc.constantFrom(...SKUS),
      shards: fc.integer({ min: 1, max: 3 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('wait' as const),
      seconds: fc.constantFrom(10, 65, 200, 4_000),
    }),
  },
);

type Book = { readonly store: MemoryStockStore; now: number; count: number };

async function playSteps(steps: readonly Step[]): Promise<Book> {
  const book: Book = { store: new MemoryStockStore(), now: NOON, count: 0 };
  for (const sku of SKUS) {
    const context = { now: NOON, by: 'tester', correlationId: 'corr-1' };
    await receiveStock(book.store, {
      ...context,
      operationId: `first-${sku}`,
      fingerprint: '',
      sku,
      quantity: 6,
      createSku: true,
    });
  }
  await play(book, steps);
  return book;
}

/** Continues the book by the real decisions, one step after the other. */
async function play(book: Book, steps: readonly Step[]): Promise<void> {
  const { store } = book;
  let { now, count } = book;
  const context = () => ({ now, by: 'tester', correlationId: 'corr-1' });
  for (const one of steps) {
    count += 1;
    // Two changes at the same time would have no order.
    now += 1;
    switch (one.kind) {
      case 'wait':
        now += seconds(one.seconds);
        break;
      case 'spread':
        await putStock(store, { ...context(), sku: one.sku, shardCount: one.shards });
        await rebalanceStock(store, { ...context(), sku: one.sku });
        break;
      case 'receive':
        await receiveStock(store, {
          ...context(),
          ...one,
          operationId: `op-${count}`,
          fingerprint: '',
        });
        break;
      case 'adjust':
        await adjustStock(store, {
          ...context(),
          sku: one.sku,
          delta: -one.quantity,
          reason: 'damaged',
          operationId: `op-${count}`,
          fingerprint: '',
        });
        break;
      case 'reserve': {
        const lines = SKUS.map((sku, index) => ({
          sku,
          quantity: one.quantities[index] ?? 0,
        })).filter(({ quantity }) => quantity > 0);
        const command = {
          reservationId: one.id,
          orderId: one.id,
          holdSeconds: one.ttl,
          fingerprint: one.id,
        };
        await reserveStock(store, {
          ...context(),
          ...command,
          lines,
          bucketSeconds: BUCKET_SECONDS,
        });
        break;
      }
      case 'extend':
        await extendReservation(store, {
          ...context(),
          reservationId: one.id,
          holdSeconds: one.ttl,
          bucketSeconds: BUCKET_SECONDS,
          operationId: `op-${count}`,
          fingerprint: '',
        });
        break;
      case 'release':
        await releaseReservation(store, { ...context(), reservationId: one.id });
        break;
      case 'commit':
        await commitReservation(store, { ...context(), reservationId: one.id });
        break;
      case 'part':
        await takePartStep(store, {
          ...context(),
          reservationId: one.id,
          stepId: `step-${count}`,
          kind: one.part,
          fingerprint: '',
          owner: 'order',
          lines: [{ sku: one.sku, locationId: 'main', quantity: one.quantity }],
        });
        break;
      case 'ship':
        if (store.reservations.get(one.id)?.status === 'COMMITTED')
          await shipReservation(store, { ...context(), reservationId: one.id });
        break;
    }
  }
  Object.assign(book, { now, count });
}

const auditAllCells = (
  store: MemoryStockStore,
  now: number,
  checkpoints = new Map<string, Checkpoint>(),
) =>
  [...store.cells].flatMap(([id, cell]) => auditMemoryCell(store, cell, now, checkpoints.get(id)));

const disagreementsIn = (store: MemoryStockStore) =>
  checkCells({
    cells: [...store.cells].map(([cellId, cell]) => ({
      id: cellId,
      cell,
      movements: store.movements.filter(
        (movement) => movement.cellId === cellId && movement.kind !== 'REBUILT',
      ),
    })),
    reservations: [...store.reservations.values()],
  });

type Drift =
  | {
      readonly kind: 'balance';
      readonly account: 'available' | 'committed' | 'held';
      readonly units: number;
      readonly pick: number;
    }
  | { readonly kind: 'movements'; readonly pick: number }
  | { readonly kind: 'status'; readonly status: ReservationStatus; readonly pick: number };

const anyIndex = fc.nat();
const drift: fc.Arbitrary<Drift> = fc.oneof(
  fc.record({
    kind: fc.constant('balance' as const),
    account: fc.constantFrom('available' as const, 'committed' as const, 'held' as const),
    units: fc.constantFrom(-4, -1, 1, 2, 7),
    pick: anyIndex,
  }),
  fc.record({ kind: fc.constant('movements' as const), pick: anyIndex }),
  fc.record({
    kind: fc.constant('status' as const),
    status: fc.constantFrom<ReservationStatus[]>(
      'HELD',
      'COMMITTED',
      'FULFILLED',
      'RELEASED',
      'EXPIRED',
    ),
    pick: anyIndex,
  }),
);

/** Edits the tables. Returns the affected cells, or undefined if there is nothing to edit. */
function applyDrift(store: MemoryStockStore, one: Drift): readonly string[] | undefined {
  const chosen = <Value>(all: readonly Value[]): Value | undefined =>
    all[one.pick % Math.max(1, all.length)];
  const cell = chosen([...store.cells.values()]);
  if (cell === undefined) return undefined;
  const cellId = `${cell.sku}#${cell.locationId}#${cell.shard}`;
  switch (one.kind) {
    case 'balance': {
      if (one.account !== 'held') {
        store.cells.set(cellId, { ...cell, [one.account]: cell[one.account] + one.units });
        return [cellId];
      }
      const bucket = bucketsOf(cell.held)[0];
      if (bucket === undefined) return undefined;
      const units = (cell.held[String(bucket)] ?? 0) + one.units;
      store.cells.set(cellId, { ...cell, held: { ...cell.held, [bucket]: units } });
      return [cellId];
    }
    case 'movements': {
      const entry = chosen(batchesOf(store, cell));
      if (entry === undefined) return undefined;
      const lost = new Set(entry.movements);
      const left = store.movements.filter((movement) => !lost.has(movement));
      store.movements.splice(0, store.movements.length, ...left);
      return [cellId];
    }
    case 'status': {
      const reservation = chosen(
        [...store.reservations.values()].filter(({ lines }) => lines.length > 0),
      );
      if (reservation === undefined || reservation.status === one.status) return undefined;
      store.reservations.set(reservation.reservationId, { ...reservation, status: one.status });
      return reservation.lines.map((line) => `${line.sku}#${line.locationId}#${line.shard}`);
    }
  }
}

const steps = fc.array(step, { minLength: 3, maxLength: 30 });

describe('an audit', () => {
  test('finds nothing in a sound book, from the start and from any checkpoint', async () => {
    let checkpointCount = 0;
    await fc.assert(
      fc.asyncProperty(steps, steps, steps, async (first, second, third) => {
        const book = await playSteps(first);
        const checkpoints = new Map<string, Checkpoint>();
        for (const more of [second, third]) {
          for (const [cellId, cell] of book.store.cells) {
            const checkpoint = checkpointAt(book.store, cell, book.now);
            if (checkpoint !== undefined) checkpoints.set(cellId, checkpoint);
          }
          await play(book, more);

          expect(auditAllCells(book.store, book.now, checkpoints)).toEqual([]);
        }
        checkpointCount += checkpoints.size;

        expect(disagreementsIn(book.store)).toEqual([]);
        expect(auditAllCells(book.store, book.now)).toEqual([]);
      }),
      { numRuns: RUNS },
    );
    expect(checkpointCount).toBeGreaterThan(RUNS);
  });

  test('finds a drift in its own cell, and the proposed repairs lead back to a sound book', async () => {
    const seen = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(steps, drift, async (history, one) => {
        const { store, now } = await playSteps(history);
        const affected = applyDrift(store, one);
        if (affected === undefined) return;
        const isSound = disagreementsIn(store).length === 0;

        const found = auditAllCells(store, now);

        // A status that claims the same units does not affect any count.
        expect(found.length === 0).toBe(isSound);
        for (const { cell } of found)
          expect(affected).toContain(`${cell.sku}#${cell.locationId}#${cell.shard}`);

        let isProposed = true;
        for (let round = 0; round < 3; round += 1) {
          const [next] = auditAllCells(store, now);
          if (next === undefined) break;
          seen.set(`${one.kind} ${next.kind}`, (seen.get(`${one.kind} ${next.kind}`) ?? 0) + 1);
          isProposed = await applyRepair(store, next, now);
          if (!isProposed) break;
        }
        if (!isProposed) return;
        expect(auditAllCells(store, now)).toEqual([]);
        expect(disagreementsIn(store)).toEqual([]);
      }),
      { numRuns: RUNS },
    );
    // The test would prove nothing if no drift were ever found in these ways.
    for (const kinds of [
      'balance BALANCE_DIFFERS',
      'movements MOVEMENT_MISSING',
      'status RESERVATION_DIFFERS',
    ]) {
      expect(seen.get(kinds) ?? 0).toBeGreaterThan(RUNS / 50);
    }
  });
});
