import { describe, expect, test } from 'vitest';
import type { MovementKind } from '../../../../lambdas/contracts/api/inventory.ts';
import type { ReservationStatus } from '../../../../lambdas/contracts/api/reservations.ts';
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

/** Returns a book with ten units of tea, and functions that take steps some seconds after noon. */
async function aBook() {
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
      if (cell === undefined) throw new Error('the cell of tea does not exist');
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
type Book = Awaited<ReturnType<typeof aBook>>;

const found = ({ store, cell }: Book, now = LATER): CellDisagreement[] =>
  auditMemoryCell(store, cell(), now);

const HISTORIES: Readonly<Record<string, (book: Book) => Promise<unknown>>> = {
  held: (book) => book.reserve('r', 0),
  'expired, with its bucket still in the cell': async (book) => book.reserve('r', 0),
  'expired, with its bucket released by another reservation': async (book) => {
    await book.reserve('r', 0);
    await book.reserve('other', 700);
  },
  extended: async (book) => {
    await book.reserve('r', 0);
    await book.extend('r', 60);
  },
  committed: async (book) => {
    await book.reserve('r', 0);
    await book.commit('r', 10);
  },
  'committed late, from available units': async (book) => {
    await book.reserve('r', 0);
    await book.reserve('other', 700);
    await book.commit('r', 800);
  },
  'expired, because its units were sold': async (book) => {
    await book.reserve('r', 0);
    await book.reserve('other', 700, 10);
    await book.commit('r', 800);
  },
  released: async (book) => {
    await book.reserve('r', 0);
    await book.release('r', 10);
  },
  'released after its bucket expired': async (book) => {
    await book.reserve('r', 0);
    await book.reserve('other', 700);
    await book.release('r', 800);
  },
  'released after its commit': async (book) => {
    await book.reserve('r', 0);
    await book.commit('r', 10);
    await book.release('r', 20);
  },
  shipped: async (book) => {
    await book.reserve('r', 0);
    await book.commit('r', 10);
    await book.ship('r', 20);
  },
  'released before it was reserved': (book) => book.release('r', 0),
};

describe('the audit of a cell finds no disagreement after a reservation was', () => {
  test.each(Object.entries(HISTORIES))('%s', async (_name, history) => {
    const book = await aBook();
    await history(book);

    expect(found(book)).toEqual([]);
  });
});

describe('a lost movement', () => {
  const CASES: readonly [string, keyof typeof HISTORIES, MovementKind, object][] = [
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
      'committed late, from available units',
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
      'released after its commit',
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

  test.each(CASES)('%s is found, and nothing else', async (_name, historyName, kind, transfer) => {
    const book = await aBook();
    await HISTORIES[historyName]?.(book);
    book.lose((one, id) => one === kind && id === 'r');

    expect(found(book)).toMatchObject([
      {
        kind: 'MOVEMENT_MISSING',
        isRestorable: true,
        lost: [{ kind, quantity: 3, reservationId: 'r', ...transfer }],
      },
    ]);
  });

  test('of an adjustment is found with all details of its operation record', async () => {
    const book = await aBook();
    await book.adjust(-2, 5);
    book.lose((kind) => kind === 'ADJUSTED');

    expect(found(book)).toMatchObject([
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

  test('of a change that released an expired bucket is found together with the expiry', async () => {
    const book = await aBook();
    await book.reserve('r', 0);
    await book.reserve('other', 700);
    book.lose((kind, id) => kind === 'EXPIRED' || id === 'other');

    expect(found(book)).toMatchObject([
      {
        kind: 'MOVEMENT_MISSING',
        lost: [
          { kind: 'EXPIRED', quantity: 3, from: { account: 'held', bucket: NOON_BUCKET + 600 } },
          { kind: 'RESERVED', reservationId: 'other' },
        ],
      },
    ]);
  });

  test('of a hold is never taken for a wrong balance when its commit still exists', async () => {
    const book = await aBook();
    await book.reserve('r', 0);
    await book.commit('r', 10);
    await book.reserve('other', 700);
    await book.reserve('third', 1_400);
    book.lose((kind, id) => kind === 'RESERVED' && id === 'r');

    expect(found(book)).toMatchObject([
      { kind: 'MOVEMENT_MISSING', lost: [{ kind: 'RESERVED', reservationId: 'r' }] },
    ]);
  });

  test('is found together with a second one of the same cell', async () => {
    const book = await aBook();
    await book.reserve('r', 0);
    await book.commit('r', 10);
    await book.adjust(-1, 20);
    book.lose((kind) => kind === 'COMMITTED' || kind === 'ADJUSTED');

    const [only, ...others] = found(book);

    expect(others).toEqual([]);
    expect(only?.kind === 'MOVEMENT_MISSING' && only.lost.map(({ kind }) => kind).sort()).toEqual([
      'ADJUSTED',
      'COMMITTED',
    ]);
  });
});

describe('a manually edited balance', () => {
  test.each([
    ['available', { available: 9 }],
    ['committed', { committed: 2 }],
    ['negative', { available: -4 }],
  ])('(%s) can be rebuilt when every record agrees with the movements', async (_name, changes) => {
    const book = await aBook();
    book.set(changes);

    expect(found(book)).toEqual([
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

  test('with more units in a bucket is left to a person until the bucket expires: they may be a hold', async () => {
    const book = await aBook();
    book.set({ available: 8, held: { [NOON_BUCKET + 600]: 2 } });

    expect(found(book, NOON)).toMatchObject([{ kind: 'BALANCE_DIFFERS', isRebuildable: false }]);
    expect(found(book, LATER)).toMatchObject([{ kind: 'BALANCE_DIFFERS', isRebuildable: true }]);
  });

  test('is left to a person when a record disagrees too', async () => {
    const book = await aBook();
    await book.reserve('r', 0);
    await book.commit('r', 10);
    book.set({ available: 99 });
    const reservation = book.store.reservations.get('r');
    if (reservation) book.store.reservations.set('r', { ...reservation, status: 'RELEASED' });

    expect(found(book)).toMatchObject([
      { kind: 'RESERVATION_DIFFERS', isCertain: false },
      { kind: 'BALANCE_DIFFERS', isRebuildable: false },
    ]);
  });

  test('that is negative and agrees with its movements is found', async () => {
    const book = await aBook();
    book.set({ available: -2 });
    const [received] = book.store.movements;
    if (received)
      book.store.movements.push({
        ...received,
        quantity: 12,
        from: received.to,
        to: received.from,
      });

    expect(found(book)).toMatchObject([{ kind: 'BALANCE_NEGATIVE', balance: { available: -2 } }]);
  });

  test('with a watermark past a bucket that has units is found', async () => {
    const book = await aBook();
    await book.reserve('r', 0);
    book.set({ expiredThrough: NOON_BUCKET + 600 });

    expect(found(book, NOON)).toMatchObject([
      { kind: 'EXPIRED_BUCKET_NOT_EMPTY', expiredThrough: NOON_BUCKET + 600 },
    ]);
  });
});

describe('a manually edited reservation record', () => {
  test.each<[keyof typeof HISTORIES, ReservationStatus]>([
    ['held', 'COMMITTED'],
    ['held', 'RELEASED'],
    ['committed', 'HELD'],
    ['committed', 'FULFILLED'],
    ['committed', 'EXPIRED'],
    ['released', 'COMMITTED'],
    ['shipped', 'COMMITTED'],
  ])('(%s set to %s) is found, and the movements count as right', async (historyName, status) => {
    const book = await aBook();
    await HISTORIES[historyName]?.(book);
    const reservation = book.store.reservations.get('r');
    if (reservation) book.store.reservations.set('r', { ...reservation, status });

    expect(found(book, NOON + seconds(30))).toMatchObject([
      { kind: 'RESERVATION_DIFFERS', reservationId: 'r', status, isCertain: true },
    ]);
  });
});

describe('a missing record', () => {
  const DAY = 86_400;

  test.each([
    ['committed', 500 * DAY, true],
    ['released', 6 * DAY, true],
    ['released', 8 * DAY, false],
    ['shipped', 399 * DAY, true],
    ['shipped', 401 * DAY, false],
    ['expired, with its bucket released by another reservation', 8 * DAY, false],
  ] as const)(
    'of a reservation that was %s %i seconds ago is found: %s',
    async (historyName, age, isFound) => {
      const book = await aBook();
      await HISTORIES[historyName]?.(book);
      book.store.reservations.delete('r');

      const kinds = auditMemoryCell(book.store, book.cell(), NOON + seconds(age)).filter(
        (one) => one.kind === 'RECORD_MISSING' && one.record === 'reservation:r',
      );

      expect(kinds).toHaveLength(isFound ? 1 : 0);
    },
  );

  test('of a receipt is found within the retention of operation records', async () => {
    const book = await aBook();
    book.store.operations.clear();

    expect(found(book, NOON + seconds(399 * DAY))).toMatchObject([
      { kind: 'RECORD_MISSING', record: 'operation:receipt-1' },
    ]);
    expect(found(book, NOON + seconds(401 * DAY))).toEqual([]);
  });
});

describe('regressions that random histories found', () => {
  test('a bucket that a change releases does not count as that of its own reservation', async () => {
    const book = await aBook();
    await book.reserve('first', 0);
    await book.reserve('second', 700);

    expect(found(book)).toEqual([]);
  });

  test('a checkpoint keeps an expired hold that a later movement extends', async () => {
    const book = await aBook();
    await book.reserve('r', 0);
    const checkpoint = checkpointAt(book.store, book.cell(), NOON + seconds(950));
    await book.extend('r', 1_000);
    await book.reserve('other', 3_000);

    expect(checkpoint).toBeDefined();
    expect(auditMemoryCell(book.store, book.cell(), NOON + seconds(3_000), checkpoint)).toEqual([]);
  });
});
