import { describe, expect, test } from 'vitest';
import type {
  MovementKind,
  ReservationStatus,
} from '../../../../lambdas/contracts/api/inventory.ts';
import type { CellDisagreement } from '../../../../lambdas/inventory/domain/audit/cell-books.ts';
import type { Cell } from '../../../../lambdas/inventory/domain/ledger/cell.ts';
import {
  commitReservation,
  extendReservation,
  releaseReservation,
  shipReservation,
} from '../../../../lambdas/inventory/use-cases/reservations/change-reservation.ts';
import { reserveStock } from '../../../../lambdas/inventory/use-cases/reservations/reserve-stock.ts';
import {
  adjustStock,
  receiveStock,
} from '../../../../lambdas/inventory/use-cases/stock/update-stock.ts';
import { auditMemoryCell, checkpointAt } from '../../../support/audit.ts';
import {
  adjustCommand,
  commitCommand,
  context,
  extendCommand,
  NOON,
  NOON_BUCKET,
  receiveCommand,
  reserveCommand,
  seconds,
  unwrap,
} from '../../../support/inventory.ts';
import { MemoryStockStore } from '../../../support/memory-stock-store.ts';

const TEA = 'tea#main#0';
const LATER = NOON + seconds(2_000);

/** A book with ten units of tea, in which steps are taken at times after noon. */
async function book() {
  const store = new MemoryStockStore();
  await receiveStock(store, receiveCommand({ quantity: 10 }));
  const at = (after: number) => context({ now: NOON + seconds(after) });
  return {
    store,
    reserve: (id: string, after: number, quantity = 3) =>
      reserveStock(
        store,
        reserveCommand({
          ...at(after),
          reservationId: id,
          orderId: id,
          fingerprint: id,
          lines: [{ sku: 'tea', quantity }],
        }),
      ).then(unwrap),
    extend: (id: string, after: number) =>
      extendReservation(store, {
        ...extendCommand({ ...at(after), operationId: `${id}-${after}` }),
        reservationId: id,
      }).then(unwrap),
    commit: (id: string, after: number) =>
      commitReservation(store, commitCommand({ ...at(after), reservationId: id })),
    release: (id: string, after: number) =>
      releaseReservation(store, { ...at(after), reservationId: id }),
    ship: (id: string, after: number) =>
      shipReservation(store, { ...at(after), reservationId: id }),
    adjust: (delta: number, after: number) =>
      adjustStock(store, adjustCommand({ ...at(after), delta, operationId: `adjust-${after}` })),
    cell: (): Cell => {
      const cell = store.cells.get(TEA);
      if (cell === undefined) throw new Error('there is no tea');
      return cell;
    },
    set: (changes: Partial<Cell>) => {
      const cell = store.cells.get(TEA);
      if (cell !== undefined) store.cells.set(TEA, { ...cell, ...changes });
    },
    lose: (isLost: (kind: MovementKind, id: string | undefined) => boolean) => {
      const left = store.movements.filter(
        ({ kind, reservationId }) => !isLost(kind, reservationId),
      );
      store.movements.splice(0, store.movements.length, ...left);
    },
  };
}
type Book = Awaited<ReturnType<typeof book>>;

const found = ({ store, cell }: Book, now = LATER): CellDisagreement[] =>
  auditMemoryCell(store, cell(), now);

const LIVES: Readonly<Record<string, (of: Book) => Promise<unknown>>> = {
  held: (of) => of.reserve('r', 0),
  'lapsed, and not folded': async (of) => of.reserve('r', 0),
  'lapsed and folded by another': async (of) => {
    await of.reserve('r', 0);
    await of.reserve('other', 700);
  },
  extended: async (of) => {
    await of.reserve('r', 0);
    await of.extend('r', 60);
  },
  committed: async (of) => {
    await of.reserve('r', 0);
    await of.commit('r', 10);
  },
  'committed late, out of what was available again': async (of) => {
    await of.reserve('r', 0);
    await of.reserve('other', 700);
    await of.commit('r', 800);
  },
  'expired, for its units were sold': async (of) => {
    await of.reserve('r', 0);
    await of.reserve('other', 700, 10);
    await of.commit('r', 800);
  },
  released: async (of) => {
    await of.reserve('r', 0);
    await of.release('r', 10);
  },
  'released once it was folded': async (of) => {
    await of.reserve('r', 0);
    await of.reserve('other', 700);
    await of.release('r', 800);
  },
  'released after it was committed': async (of) => {
    await of.reserve('r', 0);
    await of.commit('r', 10);
    await of.release('r', 20);
  },
  shipped: async (of) => {
    await of.reserve('r', 0);
    await of.commit('r', 10);
    await of.ship('r', 20);
  },
  'released before it was made': (of) => of.release('r', 0),
};

describe('the books of a reservation that was', () => {
  test.each(Object.entries(LIVES))('%s agree', async (_name, live) => {
    const of = await book();
    await live(of);

    expect(found(of)).toEqual([]);
  });
});

describe('a movement that is lost', () => {
  const CASES: readonly [string, keyof typeof LIVES, MovementKind, object][] = [
    [
      'of a hold',
      'held',
      'RESERVED',
      { from: { account: 'available' }, to: { account: 'held', bucket: NOON_BUCKET + 600 } },
    ],
    [
      'of an extension',
      'extended',
      'EXTENDED',
      { from: { account: 'held' }, to: { account: 'held' } },
    ],
    [
      'of a commit',
      'committed',
      'COMMITTED',
      { from: { account: 'held' }, to: { account: 'committed' } },
    ],
    [
      'of a late commit',
      'committed late, out of what was available again',
      'COMMITTED',
      { from: { account: 'available' }, to: { account: 'committed' } },
    ],
    [
      'of a release',
      'released',
      'RELEASED',
      { from: { account: 'held' }, to: { account: 'available' } },
    ],
    [
      'of a release after the commit',
      'released after it was committed',
      'RELEASED',
      { from: { account: 'committed' }, to: { account: 'available' } },
    ],
    [
      'of a shipment',
      'shipped',
      'SHIPPED',
      { from: { account: 'committed' }, to: { account: 'outside' } },
    ],
  ];

  test.each(CASES)('%s is told as just that', async (_name, life, kind, transfer) => {
    const of = await book();
    await LIVES[life]?.(of);
    of.lose((one, id) => one === kind && id === 'r');

    expect(found(of)).toMatchObject([
      {
        kind: 'MOVEMENT_MISSING',
        isRestorable: true,
        lost: [{ kind, quantity: 3, reservationId: 'r', ...transfer }],
      },
    ]);
  });

  test('of a receipt or an adjustment is told with all that its mark knows', async () => {
    const of = await book();
    await of.adjust(-2, 5);
    of.lose((kind) => kind === 'ADJUSTED');

    expect(found(of)).toMatchObject([
      {
        kind: 'MOVEMENT_MISSING',
        lost: [
          {
            movementId: 'adjust-5.1',
            kind: 'ADJUSTED',
            quantity: 2,
            reason: 'damaged',
            by: 'tester',
            effectiveAt: NOON + seconds(5),
          },
        ],
      },
    ]);
  });

  test('of a change that folded on its way is told together with the lapse', async () => {
    const of = await book();
    await of.reserve('r', 0);
    await of.reserve('other', 700);
    of.lose((kind, id) => kind === 'EXPIRED' || id === 'other');

    expect(found(of)).toMatchObject([
      {
        kind: 'MOVEMENT_MISSING',
        lost: [
          { kind: 'EXPIRED', quantity: 3, from: { account: 'held', bucket: NOON_BUCKET + 600 } },
          { kind: 'RESERVED', reservationId: 'other' },
        ],
      },
    ]);
  });

  test('of a hold whose commit is still there is never taken for a wrong balance', async () => {
    const of = await book();
    await of.reserve('r', 0);
    await of.commit('r', 10);
    await of.reserve('other', 700);
    await of.reserve('third', 1_400);
    of.lose((kind, id) => kind === 'RESERVED' && id === 'r');

    expect(found(of)).toMatchObject([
      { kind: 'MOVEMENT_MISSING', lost: [{ kind: 'RESERVED', reservationId: 'r' }] },
    ]);
  });

  test('twice in one cell is told as both', async () => {
    const of = await book();
    await of.reserve('r', 0);
    await of.commit('r', 10);
    await of.adjust(-1, 20);
    of.lose((kind) => kind === 'COMMITTED' || kind === 'ADJUSTED');

    const [only, ...others] = found(of);

    expect(others).toEqual([]);
    expect(only?.kind === 'MOVEMENT_MISSING' && only.lost.map(({ kind }) => kind).sort()).toEqual([
      'ADJUSTED',
      'COMMITTED',
    ]);
  });
});

describe('a balance that was changed', () => {
  test.each([
    ['available', { available: 9 }],
    ['committed', { committed: 2 }],
    ['below 0', { available: -4 }],
  ])('%s can be rebuilt, for every marker agrees with the movements', async (_name, changes) => {
    const of = await book();
    of.set(changes);

    expect(found(of)).toEqual([
      {
        kind: 'BALANCE_DIFFERS',
        cell: { sku: 'tea', locationId: 'main', shard: 0 },
        version: 1,
        balance: { available: 10, held: {}, committed: 0, ...changes },
        movements: { available: 10, held: {}, committed: 0 },
        isRebuildable: true,
      },
    ]);
  });

  test('in a slot that is still running is left to a person: it may be somebody’s hold', async () => {
    const of = await book();
    of.set({ available: 8, held: { [NOON_BUCKET + 600]: 2 } });

    expect(found(of, NOON)).toMatchObject([{ kind: 'BALANCE_DIFFERS', isRebuildable: false }]);
    expect(found(of, LATER)).toMatchObject([{ kind: 'BALANCE_DIFFERS', isRebuildable: true }]);
  });

  test('beside a marker that disagrees is left to a person', async () => {
    const of = await book();
    await of.reserve('r', 0);
    await of.commit('r', 10);
    of.set({ available: 99 });
    const reservation = of.store.reservations.get('r');
    if (reservation) of.store.reservations.set('r', { ...reservation, status: 'RELEASED' });

    expect(found(of)).toMatchObject([
      { kind: 'RESERVATION_DIFFERS', isCertain: false },
      { kind: 'BALANCE_DIFFERS', isRebuildable: false },
    ]);
  });

  test('as its movements were is told as below 0', async () => {
    const of = await book();
    of.set({ available: -2 });
    const [received] = of.store.movements;
    if (received)
      of.store.movements.push({ ...received, quantity: 12, from: received.to, to: received.from });

    expect(found(of)).toMatchObject([{ kind: 'BALANCE_NEGATIVE', balance: { available: -2 } }]);
  });

  test('in its watermark alone is told: units stand behind it', async () => {
    const of = await book();
    await of.reserve('r', 0);
    of.set({ expiredThrough: NOON_BUCKET + 600 });

    expect(found(of, NOON)).toMatchObject([
      { kind: 'EXPIRED_BUCKET_NOT_EMPTY', expiredThrough: NOON_BUCKET + 600 },
    ]);
  });
});

describe('a reservation whose record was changed', () => {
  test.each<[keyof typeof LIVES, ReservationStatus]>([
    ['held', 'COMMITTED'],
    ['held', 'RELEASED'],
    ['committed', 'HELD'],
    ['committed', 'FULFILLED'],
    ['committed', 'EXPIRED'],
    ['released', 'COMMITTED'],
    ['shipped', 'COMMITTED'],
  ])('from %s to %s is told, and the movements are right', async (life, status) => {
    const of = await book();
    await LIVES[life]?.(of);
    const reservation = of.store.reservations.get('r');
    if (reservation) of.store.reservations.set('r', { ...reservation, status });

    expect(found(of, NOON + seconds(30))).toMatchObject([
      { kind: 'RESERVATION_DIFFERS', reservationId: 'r', status, isCertain: true },
    ]);
  });
});

describe('a marker that is not there', () => {
  const DAY = 86_400;

  test.each([
    ['committed', 500 * DAY, true],
    ['released', 6 * DAY, true],
    ['released', 8 * DAY, false],
    ['shipped', 399 * DAY, true],
    ['shipped', 401 * DAY, false],
    ['lapsed and folded by another', 8 * DAY, false],
  ] as const)(
    'of a reservation that was %s %i seconds ago is missed: %s',
    async (life, age, isMissed) => {
      const of = await book();
      await LIVES[life]?.(of);
      of.store.reservations.delete('r');

      const kinds = auditMemoryCell(of.store, of.cell(), NOON + seconds(age)).filter(
        (one) => one.kind === 'RECORD_MISSING' && one.record === 'reservation:r',
      );

      expect(kinds).toHaveLength(isMissed ? 1 : 0);
    },
  );

  test('of a receipt is missed for as long as its mark is kept', async () => {
    const of = await book();
    of.store.operations.clear();

    expect(found(of, NOON + seconds(399 * DAY))).toMatchObject([
      { kind: 'RECORD_MISSING', record: 'operation:receipt-1' },
    ]);
    expect(found(of, NOON + seconds(401 * DAY))).toEqual([]);
  });
});

describe('found by random histories', () => {
  test('a slot that a change folds on its way is not that of its own reservation', async () => {
    const of = await book();
    await of.reserve('first', 0);
    await of.reserve('second', 700);

    expect(found(of)).toEqual([]);
  });

  test('a checkpoint keeps a folded hold out of which a later movement leads', async () => {
    const of = await book();
    await of.reserve('r', 0);
    const checkpoint = checkpointAt(of.store, of.cell(), NOON + seconds(950));
    await of.extend('r', 1_000);
    await of.reserve('other', 3_000);

    expect(checkpoint).toBeDefined();
    expect(auditMemoryCell(of.store, of.cell(), NOON + seconds(3_000), checkpoint)).toEqual([]);
  });
});
