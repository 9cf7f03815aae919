import { describe, expect, test } from 'vitest';
import { cellIdOf } from '../../../../../lambdas/inventory/domain/ledger/cell.ts';
import { postCount } from '../../../../../lambdas/inventory/use-cases/audit/repair-stock.ts';
import type { RecordKeys } from '../../../../../lambdas/inventory/use-cases/ports.ts';
import {
  ReserveCache,
  RUSH_REJECTIONS_MIN,
} from '../../../../../lambdas/inventory/use-cases/reservations/reserve-cache.ts';
import { reserveStock } from '../../../../../lambdas/inventory/use-cases/reservations/reserve-stock.ts';
import { adjustStock } from '../../../../../lambdas/inventory/use-cases/stock/update-stock.ts';
import { RetryLaterError } from '../../../../../lambdas/shared/core/errors.ts';
import { toIso } from '../../../../../lambdas/shared/core/instant.ts';
import { err } from '../../../../../lambdas/shared/core/result.ts';
import {
  aCell,
  adjustCommand,
  aReservation,
  aStockItem,
  NOON,
  NOON_BUCKET,
  reserveCommand,
  seconds,
  teaShard,
  unwrap,
} from '../../../../support/inventory.ts';
import { cacheOf, insufficientStock, reserveOneLine, ShardedStore } from './sharded-store.ts';

/** Returns true for a read of records without cells, after a read of cells. */
const isConfirmation = (store: ShardedStore, { cells, stockItems }: RecordKeys): boolean =>
  stockItems !== undefined && cells === undefined && store.reads.at(-1)?.cells !== undefined;

describe('a rejection for insufficient stock', () => {
  const NOTHING = () => undefined;

  test('depends on all cells, and on a last read of the record of the SKU', async () => {
    const store = new ShardedStore([1, 0, 1]);

    expect(await reserveStock(store, reserveOneLine(3), cacheOf(3))).toEqual(
      insufficientStock(3, 2),
    );
    expect(store.reads).toEqual([
      { cells: [teaShard(0), teaShard(1)], reservations: ['res-1'], stockItems: [], locations: [] },
      { reservations: ['res-1'], stockItems: ['tea'], locations: [] },
      { cells: [teaShard(0), teaShard(1), teaShard(2)] },
      { reservations: ['res-1'], stockItems: ['tea'] },
    ]);
  });

  test('is decided again when units move between two reads', async () => {
    const store = new ShardedStore([2, 0]);
    // The read sees the target cell before the move and the source cell after it.
    const seen = store.cells.get(cellIdOf(teaShard(0)));
    store.beforeReads = [
      NOTHING,
      NOTHING,
      () => {
        store.cells.set(cellIdOf(teaShard(0)), aCell({ available: 0 }));
      },
      () => {
        if (seen !== undefined) store.cells.set(cellIdOf(teaShard(0)), seen);
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

  test('is decided again when cells are opened between two reads', async () => {
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

  test('is not decided again when only settings change', async () => {
    const store = new ShardedStore([1]);
    store.beforeReads = [
      NOTHING,
      NOTHING,
      NOTHING,
      () => store.skus.set('tea', aStockItem({ name: 'Tea', version: 2, lowStockThreshold: 1 })),
    ];

    expect(await reserveStock(store, reserveOneLine(2))).toEqual(insufficientStock(2, 1));
    expect(store.reads).toHaveLength(4);
  });

  /**
   * Moves one unit from the first cell to the second, or back, before each last read of the record
   * of the SKU.
   */
  const storeWithMovingUnit = (...units: readonly [number, number]): ShardedStore => {
    const store = new ShardedStore(units);
    store.read = async (keys) => {
      const isFull = (store.cells.get(cellIdOf(teaShard(0)))?.available ?? 0) > 0;
      if (isConfirmation(store, keys)) store.move(isFull ? 0 : 1, isFull ? 1 : 0, 1);
      return ShardedStore.prototype.read.call(store, keys);
    };
    return store;
  };

  test.each([
    [3, 'the moved unit might suffice, so the caller must retry'],
    [4, 'too few even with the moved unit'],
  ])('of %i units while 2 are visible and 1 moves: %s', async (requested) => {
    const reserved = reserveStock(storeWithMovingUnit(2, 0), reserveOneLine(requested), cacheOf(2));

    await (requested === 3
      ? expect(reserved).rejects.toBeInstanceOf(RetryLaterError)
      : expect(reserved).resolves.toEqual(insufficientStock(4, 2)));
  });

  test('is not cached when units moved during the reads', async () => {
    const store = storeWithMovingUnit(2, 0);
    const cache = cacheOf(2);
    for (let number = 0; number < RUSH_REJECTIONS_MIN; number += 1)
      await reserveStock(store, reserveOneLine(4, { reservationId: `rush-${number}` }), cache);
    store.reads.length = 0;

    await reserveStock(store, reserveOneLine(4, { reservationId: 'res-2' }), cache);

    expect(store.reads).toHaveLength(4);
  });

  test('for another reason is returned although units move', async () => {
    const adjusted = await adjustStock(
      storeWithMovingUnit(2, 0),
      adjustCommand({ delta: -1, sku: 'unknown' }),
    );
    const counted = await postCount(storeWithMovingUnit(2, 0), {
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

  test('of an adjustment is decided again when units move, too', async () => {
    const store = new ShardedStore([0, 0]);
    store.beforeReads = [
      NOTHING,
      () => {
        store.cells.set(cellIdOf(teaShard(1)), aCell({ shard: 1, available: 2 }));
        store.move(1, 0, 2);
      },
    ];

    expect((await adjustStock(store, adjustCommand({ delta: -2 }))).ok).toBe(true);
    expect(store.units).toEqual([0, 0]);
  });
});

describe('a cached rejection', () => {
  const later = NOON + seconds(1) - 1;
  /**
   * Returns the cache of an instance that has just rejected enough requests for 3 units to count as
   * a rush.
   */
  const inRush = async (store: ShardedStore, at = NOON): Promise<ReserveCache> => {
    const cache = new ReserveCache();
    for (let number = 0; number < RUSH_REJECTIONS_MIN; number += 1)
      await reserveStock(
        store,
        reserveOneLine(3, { reservationId: `rush-${number}`, now: at }),
        cache,
      );
    return cache;
  };

  test('does not exist outside a rush: a receipt is available at once', async () => {
    const store = new ShardedStore([1, 1]);
    const cache = new ReserveCache();
    for (let number = 1; number < RUSH_REJECTIONS_MIN; number += 1)
      await reserveStock(store, reserveOneLine(3, { reservationId: `early-${number}` }), cache);
    store.stock([3, 3]);

    expect((await reserveStock(store, reserveOneLine(3, { now: NOON + 5 }), cache)).ok).toBe(true);
  });

  test('rejects after one read of the reservation record', async () => {
    const store = new ShardedStore([1, 1]);
    const cache = await inRush(store);
    store.reads.length = 0;

    const again = await reserveStock(
      store,
      reserveOneLine(4, { reservationId: 'res-2', now: later }),
      cache,
    );

    expect(again).toEqual(insufficientStock(4, 2));
    expect(store.reads).toEqual([{ reservations: ['res-2'] }]);
  });

  test.each([
    [-1, false],
    [0, true],
    [1, true],
  ])('expires after 1 s (%i ms later)', async (late, ok) => {
    const store = new ShardedStore([1, 1]);
    const cache = await inRush(store);
    store.stock([3, 3]);

    const again = await reserveStock(
      store,
      reserveOneLine(3, { reservationId: 'res-2', now: NOON + seconds(1) + late }),
      cache,
    );

    expect(again.ok).toBe(ok);
  });

  test('does not apply to a smaller quantity that is available', async () => {
    const store = new ShardedStore([1, 1]);
    const cache = await inRush(store);

    expect(
      (await reserveStock(store, reserveOneLine(2, { reservationId: 'res-2' }), cache)).ok,
    ).toBe(true);
  });

  test('does not hide an existing reservation', async () => {
    const store = new ShardedStore([2, 1]);
    const first = unwrap(await reserveStock(store, reserveOneLine(3), new ReserveCache()));
    const cache = await inRush(store);

    const again = await reserveStock(store, reserveOneLine(3, { now: later }), cache);

    expect(again).toEqual({ ok: true, value: { ...first, isRepeat: true } });
  });

  test.each([
    ['a reservation of another request under its id', 'keyReused'],
    ['a release that arrived first', 'alreadyReleased'],
  ])('is not created by a rejection because of %s', async (_case, kind) => {
    const store = new ShardedStore([0, 9]);
    const cache = new ReserveCache();
    const { fingerprint: _none, ...tombstone } = aReservation({ status: 'RELEASED', lines: [] });
    store.reservations.set(
      'res-1',
      kind === 'alreadyReleased' ? tombstone : aReservation({ fingerprint: 'other' }),
    );

    const first = await Promise.all(
      Array.from({ length: RUSH_REJECTIONS_MIN }, () =>
        reserveStock(store, reserveOneLine(3), cache),
      ),
    );
    const next = await reserveStock(store, reserveOneLine(3, { reservationId: 'res-2' }), cache);

    expect(first).toEqual(Array(RUSH_REJECTIONS_MIN).fill(err({ kind })));
    expect(next.ok).toBe(true);
  });

  test('is not created for an unknown SKU', async () => {
    const store = new ShardedStore([1]);
    const cache = new ReserveCache();
    const ghost = reserveCommand({ lines: [{ sku: 'ghost', quantity: 1 }] });

    const results = [];
    for (let time = 0; time <= RUSH_REJECTIONS_MIN; time += 1)
      results.push(await reserveStock(store, ghost, cache));

    expect(new Set(results.map((result) => JSON.stringify(result)))).toEqual(
      new Set([JSON.stringify(err({ kind: 'unknownSku', skus: ['ghost'] }))]),
    );
  });

  test('does not apply to holds that expire meanwhile', async () => {
    const store = new ShardedStore([0]);
    store.cells.set('tea#main#0', aCell({ held: { [NOON_BUCKET]: 3 } }));
    const cache = await inRush(store, NOON - 400);

    expect(
      (await reserveStock(store, reserveOneLine(3, { reservationId: 'res-2', now: NOON }), cache))
        .ok,
    ).toBe(true);
  });
});
