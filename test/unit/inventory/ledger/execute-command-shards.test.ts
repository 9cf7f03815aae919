import { describe, expect, test } from 'vitest';
import { cellIdOf, mainCellKey } from '../../../../lambdas/inventory/domain/ledger/cell.ts';
import { type Change, withConflicts } from '../../../../lambdas/inventory/domain/ledger/change.ts';
import { planTransfer } from '../../../../lambdas/inventory/domain/ledger/transfer.ts';
import { postCount } from '../../../../lambdas/inventory/use-cases/audit/repair-stock.ts';
import type { ApplyResult, RecordKeys } from '../../../../lambdas/inventory/use-cases/ports.ts';
import {
  ReserveCache,
  RUSH_REJECTIONS_MIN,
} from '../../../../lambdas/inventory/use-cases/reservations/reserve-cache.ts';
import { reserveStock } from '../../../../lambdas/inventory/use-cases/reservations/reserve-stock.ts';
import {
  adjustStock,
  receiveStock,
} from '../../../../lambdas/inventory/use-cases/stock/update-stock.ts';
import { RetryLaterError } from '../../../../lambdas/shared/core/errors.ts';
import { toIso } from '../../../../lambdas/shared/core/instant.ts';
import { err } from '../../../../lambdas/shared/core/result.ts';
import {
  aCell,
  adjustCommand,
  aReservation,
  aStockItem,
  context,
  NOON,
  NOON_BUCKET,
  receiveCommand,
  reserveCommand,
  seconds,
  unwrap,
} from '../../../support/inventory.ts';
import { MemoryStockStore } from '../../../support/memory-stock-store.ts';

const shard = (number: number) => ({ ...mainCellKey('tea'), shard: number });
const reserveOneLine = (quantity: number, overrides: Parameters<typeof reserveCommand>[0] = {}) =>
  reserveCommand({ lines: [{ sku: 'tea', quantity }], ...overrides });
const insufficientStock = (requested: number, available: number) =>
  err({ kind: 'insufficientStock', shortages: [{ sku: 'tea', requested, available }] });

/** The book in memory, with a record of what was asked of it; something may happen before each read and each write. */
class ShardedStore extends MemoryStockStore {
  readonly reads: RecordKeys[] = [];
  readonly applied: Change[] = [];
  beforeReads: (() => unknown)[] = [];
  answers: (ApplyResult | undefined)[] = [];

  constructor(units: readonly number[], sku = 'tea') {
    super();
    this.stock(units, sku);
  }

  stock(units: readonly number[], sku = 'tea'): this {
    this.skus.set(sku, aStockItem({ sku, shardCount: units.length }));
    for (const [number, available] of units.entries()) {
      const cell = aCell({ sku, shard: number, available });
      this.cells.set(cellIdOf(cell), cell);
    }
    return this;
  }

  override async read(keys: RecordKeys) {
    await this.beforeReads.shift()?.();
    this.reads.push(keys);
    return super.read(keys);
  }

  override async apply(change: Change, contendedSkus?: readonly string[]): Promise<ApplyResult> {
    this.applied.push(withConflicts(change, contendedSkus ?? []));
    return this.answers.shift() ?? super.apply(change, contendedSkus);
  }

  /** Moves units between two cells, as the spreading does. */
  move(from: number, to: number, quantity: number): void {
    const sku = this.skus.get('tea');
    const cell = this.cells.get(cellIdOf(shard(from)));
    if (sku === undefined || cell === undefined) throw new Error('there is nothing to move');
    const change = planTransfer(
      sku,
      { to: shard(to), creates: false },
      [{ cell, quantity }],
      context(),
    );
    if (change === undefined) throw new Error('there is too little to move');
    void super.apply(change);
  }

  get units(): number[] {
    return [...this.cells.values()].map(({ available }) => available);
  }
}

/** True for a read of records alone, after the cells. */
const isConfirmation = (store: ShardedStore, { cells, stockItems }: RecordKeys): boolean =>
  stockItems !== undefined && cells === undefined && store.reads.at(-1)?.cells !== undefined;

/** As one that knows that tea has so many shards. */
const cacheOf = (shardCount: number, random?: () => number) => {
  const memory = new ReserveCache(random);
  memory.rememberShardCounts([aStockItem({ shardCount })], NOON);
  return memory;
};
const randomSequence = (...turns: readonly number[]) => {
  const left = [...turns];
  return () => left.shift() ?? 0;
};

describe('a hold of a sku of several cells', () => {
  test('looks at two of them, and that is all', async () => {
    const store = new ShardedStore([5, 5, 5, 9]);

    const result = await reserveStock(
      store,
      reserveOneLine(2),
      cacheOf(4, randomSequence(0.5, 0.99)),
    );

    expect(unwrap(result).reservation.lines).toEqual([{ ...shard(3), quantity: 2 }]);
    expect(store.reads).toEqual([
      { cells: [shard(2), shard(3)], reservations: ['res-1'], stockItems: [] },
    ]);
  });

  test('looks the sku up where it is not known, and at two of its cells then', async () => {
    const store = new ShardedStore([0, 5, 5]);
    const memory = new ReserveCache();

    await reserveStock(store, reserveOneLine(2), memory);
    await reserveStock(store, reserveOneLine(2, { reservationId: 'res-2' }), memory);

    expect(store.reads).toEqual([
      { cells: [shard(0)], reservations: ['res-1'], stockItems: ['tea'] },
      { cells: [shard(0), shard(1)] },
      { cells: [shard(0), shard(1)], reservations: ['res-2'], stockItems: [] },
    ]);
    expect(store.units).toEqual([0, 1, 5]);
  });

  test('looks at other cells when it tries again', async () => {
    const store = new ShardedStore([5, 5, 5, 5]);
    store.answers = [{ outcome: 'busy' }];
    const places = [0, 0];

    await reserveStock(
      store,
      reserveOneLine(1),
      cacheOf(4, randomSequence(0, 0, ...places, 0.5, 0.99)),
    );

    expect(store.reads.map(({ cells }) => cells)).toEqual([
      [shard(0), shard(1)],
      [shard(2), shard(3)],
    ]);
  });

  test('looks at all of them where those two have too little, and gathers', async () => {
    const store = new ShardedStore([1, 1, 4, 1]);

    const result = await reserveStock(store, reserveOneLine(6), cacheOf(4));

    expect(
      unwrap(result).reservation.lines.map(({ shard, quantity }) => [shard, quantity]),
    ).toEqual([
      [2, 4],
      [0, 1],
      [1, 1],
    ]);
    expect(store.reads).toEqual([
      { cells: [shard(0), shard(1)], reservations: ['res-1'], stockItems: [] },
      { reservations: ['res-1'], stockItems: ['tea'] },
      { cells: [shard(0), shard(1), shard(2), shard(3)] },
    ]);
    expect(store.applied).toHaveLength(1);
  });

  test('finds units in cells that are being emptied', async () => {
    const store = new ShardedStore([1, 1, 1, 3]);
    store.skus.set('tea', aStockItem({ shardCount: 1, openShardCount: 4 }));

    const result = await reserveStock(store, reserveOneLine(6));

    expect(result.ok).toBe(true);
    expect(store.units).toEqual([0, 0, 0, 0]);
  });

  test('is found by the glance where it was made before: the cells are not looked at again', async () => {
    const store = new ShardedStore([0, 0, 0]);
    const reservation = aReservation();
    store.reservations.set('res-1', reservation);

    const result = await reserveStock(store, reserveOneLine(3));

    expect(result).toEqual({ ok: true, value: { reservation, isRepeat: true } });
    expect(store.reads).toHaveLength(1);
  });
});

describe('a error for want of stock', () => {
  const NOTHING = () => undefined;

  test('rests on all cells, and on a last look at the record of the sku', async () => {
    const store = new ShardedStore([1, 0, 1]);

    expect(await reserveStock(store, reserveOneLine(3), cacheOf(3))).toEqual(
      insufficientStock(3, 2),
    );
    expect(store.reads).toEqual([
      { cells: [shard(0), shard(1)], reservations: ['res-1'], stockItems: [] },
      { reservations: ['res-1'], stockItems: ['tea'] },
      { cells: [shard(0), shard(1), shard(2)] },
      { reservations: ['res-1'], stockItems: ['tea'] },
    ]);
  });

  test('is decided again where units were moved between two looks', async () => {
    const store = new ShardedStore([2, 0]);
    // As if it had read the cell that they came to before, and the cell that they left after the move.
    const seen = store.cells.get(cellIdOf(shard(0)));
    store.beforeReads = [
      NOTHING,
      NOTHING,
      () => {
        store.cells.set(cellIdOf(shard(0)), aCell({ available: 0 }));
      },
      () => {
        if (seen !== undefined) store.cells.set(cellIdOf(shard(0)), seen);
        store.move(0, 1, 1);
      },
    ];

    const result = await reserveStock(
      store,
      reserveOneLine(2, { reservationId: 'res-2' }),
      cacheOf(2, () => 0.9),
    );

    expect(result.ok).toBe(true);
    expect(store.units).toEqual([0, 0]);
  });

  test('is decided again where cells were opened between two looks', async () => {
    const store = new ShardedStore([1]);
    store.beforeReads = [
      NOTHING,
      NOTHING,
      NOTHING,
      () => {
        store.stock([2, 2]);
        store.skus.set(
          'tea',
          aStockItem({ shardCount: 2, openShardCount: 2, transferCount: 1, unitsTransferred: 3 }),
        );
      },
    ];

    expect((await reserveStock(store, reserveOneLine(4))).ok).toBe(true);
  });

  test('is not decided again where only its settings were changed', async () => {
    const store = new ShardedStore([1]);
    store.beforeReads = [
      NOTHING,
      NOTHING,
      NOTHING,
      () => store.skus.set('tea', aStockItem({ name: 'Tea', version: 2, isLow: true })),
    ];

    expect(await reserveStock(store, reserveOneLine(2))).toEqual(insufficientStock(2, 1));
    expect(store.reads).toHaveLength(4);
  });

  /** One unit goes from the first cell to the second, or back, before each last look at the sku's record. */
  const restless = (...units: readonly [number, number]): ShardedStore => {
    const store = new ShardedStore(units);
    store.read = async (keys) => {
      const isFull = (store.cells.get(cellIdOf(shard(0)))?.available ?? 0) > 0;
      if (isConfirmation(store, keys)) store.move(isFull ? 0 : 1, isFull ? 1 : 0, 1);
      return ShardedStore.prototype.read.call(store, keys);
    };
    return store;
  };

  test.each([
    [3, 'with what was moved there might be enough: whoever asked comes again'],
    [4, 'even with that there is too little'],
  ])('of %i units, of which 2 were seen while 1 was moved: %s', async (asked) => {
    const reserved = reserveStock(restless(2, 0), reserveOneLine(asked), cacheOf(2));

    await (asked === 3
      ? expect(reserved).rejects.toBeInstanceOf(RetryLaterError)
      : expect(reserved).resolves.toEqual(insufficientStock(4, 2)));
  });

  test('is not remembered where units were moved: there may be more than was seen', async () => {
    const store = restless(2, 0);
    const memory = cacheOf(2);
    for (let number = 0; number < RUSH_REJECTIONS_MIN; number += 1)
      await reserveStock(store, reserveOneLine(4, { reservationId: `rush-${number}` }), memory);
    store.reads.length = 0;

    await reserveStock(store, reserveOneLine(4, { reservationId: 'res-2' }), memory);

    expect(store.reads).toHaveLength(4);
  });

  test('that is none for want of stock is given though units are moved', async () => {
    const adjusted = await adjustStock(
      restless(2, 0),
      adjustCommand({ delta: -1, sku: 'unknown' }),
    );
    const counted = await postCount(restless(2, 0), {
      ...adjustCommand(),
      countId: 'count-1',
      locationId: 'annex',
      counted: 1,
      countedAt: toIso(NOON),
      expected: 3,
      delta: -2,
    });
    expect(adjusted).toEqual(err({ kind: 'notFound' }));
    expect(counted).toEqual(err({ kind: 'notFound' }));
  });

  test('of an adjustment is decided again where units were moved, too', async () => {
    const store = new ShardedStore([0, 0]);
    store.beforeReads = [
      NOTHING,
      () => {
        store.cells.set(cellIdOf(shard(1)), aCell({ shard: 1, available: 2 }));
        store.move(1, 0, 2);
      },
    ];

    expect((await adjustStock(store, adjustCommand({ delta: -2 }))).ok).toBe(true);
    expect(store.units).toEqual([0, 0]);
  });
});

describe('what was sold out a moment ago', () => {
  const later = NOON + seconds(1) - 1;
  /** A memory whose instance has just rejected as many requests for 3 units as make a rush. */
  const inRush = async (store: ShardedStore, at = NOON): Promise<ReserveCache> => {
    const memory = new ReserveCache();
    for (let number = 0; number < RUSH_REJECTIONS_MIN; number += 1)
      await reserveStock(
        store,
        reserveOneLine(3, { reservationId: `rush-${number}`, now: at }),
        memory,
      );
    return memory;
  };

  test('is not remembered outside a rush: what was received is held at once', async () => {
    const store = new ShardedStore([1, 1]);
    const memory = new ReserveCache();
    for (let number = 1; number < RUSH_REJECTIONS_MIN; number += 1)
      await reserveStock(store, reserveOneLine(3, { reservationId: `early-${number}` }), memory);
    store.stock([3, 3]);

    expect((await reserveStock(store, reserveOneLine(3, { now: NOON + 5 }), memory)).ok).toBe(true);
  });

  test('is refused by one read, of the marker alone', async () => {
    const store = new ShardedStore([1, 1]);
    const memory = await inRush(store);
    store.reads.length = 0;

    const again = await reserveStock(
      store,
      reserveOneLine(4, { reservationId: 'res-2', now: later }),
      memory,
    );

    expect(again).toEqual(insufficientStock(4, 2));
    expect(store.reads).toEqual([{ reservations: ['res-2'] }]);
  });

  test.each([
    [-1, false],
    [0, true],
    [1, true],
  ])('is looked for again after 1 s, and %i ms', async (late, ok) => {
    const store = new ShardedStore([1, 1]);
    const memory = await inRush(store);
    store.stock([3, 3]);

    const again = await reserveStock(
      store,
      reserveOneLine(3, { reservationId: 'res-2', now: NOON + seconds(1) + late }),
      memory,
    );

    expect(again.ok).toBe(ok);
  });

  test('is held for whoever wants as much as there was', async () => {
    const store = new ShardedStore([1, 1]);
    const memory = await inRush(store);

    expect(
      (await reserveStock(store, reserveOneLine(2, { reservationId: 'res-2' }), memory)).ok,
    ).toBe(true);
  });

  test('hides no reservation that was made before', async () => {
    const store = new ShardedStore([2, 1]);
    const first = unwrap(await reserveStock(store, reserveOneLine(3), new ReserveCache()));
    const memory = await inRush(store);

    const again = await reserveStock(store, reserveOneLine(3, { now: later }), memory);

    expect(again).toEqual({ ok: true, value: { ...first, isRepeat: true } });
  });

  test.each([
    ['a reservation of another request under its id', 'keyReused'],
    ['a release that came before', 'alreadyReleased'],
  ])('is nothing that a error for %s teaches', async (_case, kind) => {
    const store = new ShardedStore([0, 9]);
    const memory = new ReserveCache();
    const { fingerprint: _none, ...tombstone } = aReservation({ status: 'RELEASED', lines: [] });
    store.reservations.set(
      'res-1',
      kind === 'alreadyReleased' ? tombstone : aReservation({ fingerprint: 'other' }),
    );

    const first = await Promise.all(
      Array.from({ length: RUSH_REJECTIONS_MIN }, () =>
        reserveStock(store, reserveOneLine(3), memory),
      ),
    );
    const next = await reserveStock(store, reserveOneLine(3, { reservationId: 'res-2' }), memory);

    expect(first).toEqual(Array(RUSH_REJECTIONS_MIN).fill(err({ kind })));
    expect(next.ok).toBe(true);
  });

  test('is nothing that a sku teaches that is not known', async () => {
    const store = new ShardedStore([1]);
    const memory = new ReserveCache();
    const ghost = reserveCommand({ lines: [{ sku: 'ghost', quantity: 1 }] });

    const answers = [];
    for (let time = 0; time <= RUSH_REJECTIONS_MIN; time += 1)
      answers.push(await reserveStock(store, ghost, memory));

    expect(new Set(answers.map((answer) => JSON.stringify(answer)))).toEqual(
      new Set([JSON.stringify(err({ kind: 'unknownSku', skus: ['ghost'] }))]),
    );
  });

  test('is what was seen without the holds that lapse meanwhile', async () => {
    const store = new ShardedStore([0]);
    store.cells.set('tea#main#0', aCell({ held: { [NOON_BUCKET]: 3 } }));
    const memory = await inRush(store, NOON - 400);

    expect(
      (await reserveStock(store, reserveOneLine(3, { reservationId: 'res-2', now: NOON }), memory))
        .ok,
    ).toBe(true);
  });
});

describe('conflicts', () => {
  const busyIn = (...contendedSkus: readonly string[]): ApplyResult => ({
    outcome: 'busy',
    contendedSkus,
  });
  const conflictsOf = (change: Change | undefined) =>
    change?.cells.map(({ cell, conflicts }) => [cell.sku, conflicts]);
  const bothSkus = { lines: ['tea', 'cup'].map((sku) => ({ sku, quantity: 1 })) };

  test('are written down with the change that comes through, in a cell of the sku that they were of', async () => {
    const store = new ShardedStore([5]).stock([5], 'cup');
    store.answers = [busyIn('cup'), busyIn('cup'), busyIn('tea')];

    await reserveStock(store, reserveCommand(bothSkus));

    expect(conflictsOf(store.applied[0])).toEqual([
      ['tea', undefined],
      ['cup', undefined],
    ]);
    expect(conflictsOf(store.applied[3])).toEqual([
      ['tea', 1],
      ['cup', 2],
    ]);
    expect(store.cells.get('cup#main#0')).toMatchObject({ conflicts: 2 });
  });

  test('in several cells of a sku are one, and are written into one of its cells', async () => {
    const store = new ShardedStore([1, 1]);
    store.answers = [busyIn('tea')];

    await reserveStock(store, reserveOneLine(2));

    expect(conflictsOf(store.applied[1])).toEqual([
      ['tea', 1],
      ['tea', undefined],
    ]);
  });

  test('add up over the changes of a cell', async () => {
    const store = new ShardedStore([5]);
    store.answers = [busyIn('tea')];
    await reserveStock(store, reserveOneLine(1));
    store.answers = [busyIn('tea'), busyIn('tea')];

    await reserveStock(store, reserveOneLine(1, { reservationId: 'res-2' }));

    expect(store.cells.get('tea#main#0')?.conflicts).toBe(3);
  });

  test('of the marker, or of nobody knows what, are of no sku', async () => {
    const store = new ShardedStore([5]);
    store.answers = [busyIn(), { outcome: 'busy' }, { outcome: 'conditionFailed' }];

    await reserveStock(store, reserveOneLine(1));

    expect(conflictsOf(store.applied[3])).toEqual([['tea', undefined]]);
  });
});

describe('a receipt of a sku of several cells', () => {
  test('reads the first one alone', async () => {
    const store = new ShardedStore([1, 3, 2]);

    await receiveStock(store, receiveCommand({ quantity: 4 }));

    expect(store.reads).toEqual([
      { cells: [shard(0)], stockItems: ['tea'], operations: ['receipt-1'] },
    ]);
    expect(store.units).toEqual([5, 3, 2]);
  });

  test('returns its own movement where another one is written at once, and so does its repeat', async () => {
    const store = new ShardedStore([1]);
    const receive = (operationId: string, quantity: number) =>
      receiveStock(store, receiveCommand({ operationId, quantity }));

    const both = await Promise.all([receive('one', 3), receive('two', 4)]);
    const again = await Promise.all([receive('one', 3), receive('two', 4)]);

    expect(both.map(unwrap)).toMatchObject([
      { cell: shard(0), movement: { movementId: 'one.1', quantity: 3 } },
      { cell: shard(0), movement: { movementId: 'two.1', quantity: 4 } },
    ]);
    expect(again).toEqual(both);
    expect(store.units).toEqual([8]);
  });
});

describe('an adjustment of a sku of several cells', () => {
  test('has the units that the first one lacks brought there before', async () => {
    const store = new ShardedStore([1, 3, 2]);

    const result = await adjustStock(store, adjustCommand({ delta: -5 }));

    expect(unwrap(result).movement).toMatchObject({
      movementId: 'adjustment-1.1',
      quantity: 5,
    });
    expect(store.applied.map(({ operationId }) => operationId)).toEqual([
      'transfer#tea#1',
      'adjustment-1',
    ]);
    expect(store.units).toEqual([0, 0, 1]);
  });

  test('of 50 cells with a unit each takes all of them', async () => {
    const store = new ShardedStore(Array<number>(50).fill(1));

    const result = await adjustStock(store, adjustCommand({ delta: -50 }));

    expect(result.ok).toBe(true);
    expect(store.applied).toHaveLength(4);
    expect(store.units).toEqual(Array<number>(50).fill(0));
  });

  test('reads the first one alone where that has enough', async () => {
    const store = new ShardedStore([5, 3, 2]);

    await adjustStock(store, adjustCommand({ delta: -5 }));

    expect(store.reads).toEqual([
      { cells: [shard(0)], stockItems: ['tea'], operations: ['adjustment-1'] },
    ]);
  });

  test('is rejected by what all of them have', async () => {
    const store = new ShardedStore([1, 3, 2]);

    expect(await adjustStock(store, adjustCommand({ delta: -7 }))).toEqual(insufficientStock(7, 6));
  });

  test('that was made before moves nothing when it comes again', async () => {
    const store = new ShardedStore([1, 3, 2]);
    await adjustStock(store, adjustCommand({ delta: -2 }));
    store.applied.length = 0;

    const again = await adjustStock(store, adjustCommand({ delta: -2 }));

    expect(again.ok).toBe(true);
    expect(store.applied).toEqual([]);
  });
});
