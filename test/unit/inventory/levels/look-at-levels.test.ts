import { describe, expect, test } from 'vitest';
import {
  advanceSweep,
  firstSweep,
  type LevelSweep,
  requestSweep,
  SWEEP_INTERVAL_MILLISECONDS,
} from '../../../../lambdas/inventory/domain/stock/level-sweep.ts';
import {
  LOOK_MILLISECONDS_MAX,
  LOOK_PAGE_SKUS,
  lookAtLevels,
  WAKES_MILLISECONDS_MAX,
} from '../../../../lambdas/inventory/use-cases/levels/look-at-levels.ts';
import { requestLevelSweep } from '../../../../lambdas/inventory/use-cases/levels/sweep-levels.ts';
import {
  loadLevelStates,
  updateLevel,
  updateLevels,
} from '../../../../lambdas/inventory/use-cases/levels/update-level.ts';
import type { Instant } from '../../../../lambdas/shared/core/instant.ts';
import { UnreadableRecordError } from '../../../../lambdas/shared/core/unreadable-record.ts';
import {
  aCell,
  aLocation,
  aStockItem,
  aStockLevel,
  NOON,
  seconds,
} from '../../../support/inventory.ts';
import {
  MemoryLevelSweepStore,
  MemoryStockLevelStore,
} from '../../../support/memory-level-stores.ts';
import { MemoryStockStore } from '../../../support/memory-stock-store.ts';

const SKUS_OF_THREE_PAGES = 2 * LOOK_PAGE_SKUS + 1;
const NO_SWEEP_DUE: LevelSweep = { ...firstSweep(NOON), dueAt: NOON + seconds(3_600) };

/** A shop in memory. Each page of a look takes `pageMilliseconds`. */
function openShop({ pageMilliseconds = 0 } = {}) {
  const book = new MemoryStockStore();
  const levels = new MemoryStockLevelStore();
  const sweeps = new MemoryLevelSweepStore();
  sweeps.sweep = NO_SWEEP_DUE;
  const counts: Readonly<Record<string, number>>[] = [];
  let now = NOON;
  const ports = {
    book,
    levels,
    showBelow: 0,
    sweeps,
    wakes: levels,
    skus: {
      listSkus: async ({ limit, cursor = '' }: { limit: number; cursor?: string | undefined }) => {
        const all = [...book.skus.keys()].sort().filter((sku) => sku > cursor);
        const items = all.slice(0, limit);
        const last = items.at(-1);
        return { items, ...(all.length > limit && last !== undefined ? { cursor: last } : {}) };
      },
    },
    metrics: { putCounts: (one: Readonly<Record<string, number>>) => void counts.push(one) },
    clock: (): Instant => now,
  };
  return {
    book,
    levels,
    sweeps,
    counts,
    ports,
    addSku: (sku: string, available = 5, wakeAt?: Instant) => {
      book.skus.set(sku, aStockItem({ sku }));
      book.cells.set(`${sku}#main#0`, aCell({ sku, available }));
      if (wakeAt !== undefined)
        levels.levels.set(
          sku,
          aStockLevel({ sku, total: { level: 'out' }, locations: {}, wakeAt }),
        );
    },
    /** Runs a look. The clock moves with each read of the cells. */
    look: async (at = NOON) => {
      now = at;
      const read = book.read.bind(book);
      book.read = (keys) => {
        if (keys.cells !== undefined) now += pageMilliseconds;
        return read(keys);
      };
      await lookAtLevels(ports);
      book.read = read;
    },
    levelsOf: () => [...levels.levels.values()].map(({ total }) => total.level),
  };
}

describe('a look', () => {
  test('decides the SKUs whose wake is due, and no others', async () => {
    const shop = openShop();
    shop.addSku('due', 5, NOON);
    shop.addSku('later', 5, NOON + 1);

    await shop.look();

    expect(shop.levels.written.map(({ sku, total }) => [sku, total.level])).toEqual([
      ['due', 'in'],
    ]);
  });

  test('decides page after page while there is time', async () => {
    const decidedIn = async (pageMilliseconds: number) => {
      const shop = openShop({ pageMilliseconds });
      for (let index = 0; index < SKUS_OF_THREE_PAGES; index += 1)
        shop.addSku(`sku-${index}`, 5, NOON);
      await shop.look();
      return shop.levels.written.length;
    };

    expect(await decidedIn(WAKES_MILLISECONDS_MAX / 2 - 1)).toBe(SKUS_OF_THREE_PAGES);
    expect(await decidedIn(WAKES_MILLISECONDS_MAX / 2)).toBe(2 * LOOK_PAGE_SKUS);
    expect(await decidedIn(WAKES_MILLISECONDS_MAX)).toBe(LOOK_PAGE_SKUS);
  });

  test('skips a SKU that cannot be read, and decides the others of its page', async () => {
    const shop = openShop();
    for (const sku of ['cup', 'damaged', 'tea']) shop.addSku(sku, 5, NOON);
    const read = shop.levels.read.bind(shop.levels);
    shop.levels.read = async (skus) => {
      if (skus.includes('damaged'))
        throw new UnreadableRecordError({ table: 'inventory', key: 'damaged', problem: 'total' });
      return read(skus);
    };

    await shop.look();

    expect(shop.levels.written.map(({ sku }) => sku).sort()).toEqual(['cup', 'tea']);
  });

  test('leaves a SKU that changes during each attempt to the next look', async () => {
    const shop = openShop();
    for (const sku of ['busy', 'tea']) shop.addSku(sku, 5, NOON);
    const replace = shop.levels.replace.bind(shop.levels);
    shop.levels.replace = async (after) => after.sku !== 'busy' && replace(after);

    await shop.look();

    expect(shop.levels.written.map(({ sku }) => sku)).toEqual(['tea']);
  });
});

describe('an update', () => {
  test('is not written if units moved between the cells during their read', async () => {
    const { book, levels, ports, addSku } = openShop();
    addSku('tea', 0);
    const state = (await loadLevelStates(ports, ['tea'])).get('tea');
    levels.levels.set('tea', aStockLevel());
    const stale = state && { ...state, before: aStockLevel() };
    book.skus.set('tea', aStockItem({ transferCount: 1, version: 2 }));

    const update = stale && (await updateLevel(ports, stale, { now: NOON, mayRaise: false }));

    expect(update).toBeUndefined();
    expect(levels.written).toEqual([]);
  });

  test('reads the recorded levels before the cells', async () => {
    const { book, levels, ports, addSku } = openShop();
    addSku('tea', 5);
    const order: string[] = [];
    const [readBook, readLevels] = [book.read.bind(book), levels.read.bind(levels)];
    book.read = async (keys) => {
      if (keys.cells !== undefined) order.push('cells');
      return readBook(keys);
    };
    levels.read = async (skus) => {
      const found = await readLevels(skus);
      order.push('levels');
      return found;
    };

    await updateLevels(ports, ['tea'], NOON);

    expect(order).toEqual(['levels', 'cells']);
  });

  test('treats a location that cannot be read as inactive', async () => {
    const { book, levels, ports, addSku } = openShop();
    addSku('tea', 0);
    book.skus.set('tea', aStockItem({ locations: ['main', 'shop'] }));
    book.cells.set('tea#shop#0', aCell({ locationId: 'shop', available: 5 }));
    book.locations.set('shop', aLocation({ locationId: 'shop' }));
    const read = book.read.bind(book);
    book.read = async (keys) => {
      if (keys.locations?.includes('shop'))
        throw new UnreadableRecordError({ table: 'inventory', key: 'shop', problem: 'active' });
      return read(keys);
    };
    levels.levels.set('tea', aStockLevel({ locations: { shop: { level: 'in' } } }));

    await updateLevels(ports, ['tea'], NOON);

    expect(levels.levels.get('tea')).toMatchObject({
      total: { level: 'out' },
      locations: { shop: { level: 'out' } },
    });
  });
});

describe('the sweep', () => {
  const DAY = SWEEP_INTERVAL_MILLISECONDS;

  test('starts on a stage without one, and again a day after its end', async () => {
    const shop = openShop();
    shop.sweeps.sweep = undefined;
    for (let index = 0; index < SKUS_OF_THREE_PAGES; index += 1) shop.addSku(`sku-${index}`);

    await shop.look();

    expect(new Set(shop.levelsOf())).toEqual(new Set(['in']));
    expect(shop.levelsOf()).toHaveLength(SKUS_OF_THREE_PAGES);
    expect(shop.sweeps.sweep).toMatchObject({ reason: 'daily', dueAt: NOON + DAY });
    expect(shop.sweeps.sweep).not.toHaveProperty('cursor');
    expect(shop.counts).toEqual([]);
  });

  test('is continued by the next look at the page where the time of this one ended', async () => {
    const shop = openShop({ pageMilliseconds: LOOK_MILLISECONDS_MAX / 2 });
    shop.sweeps.sweep = undefined;
    for (let index = 0; index < SKUS_OF_THREE_PAGES; index += 1) shop.addSku(`sku-${index}`);

    await shop.look();
    const afterFirst = shop.levels.written.length;
    await shop.look(NOON + seconds(60));

    expect(afterFirst).toBe(2 * LOOK_PAGE_SKUS);
    expect(shop.levels.written.filter(({ version }) => version === 1)).toHaveLength(
      SKUS_OF_THREE_PAGES,
    );
  });

  test('counts what a daily one corrects although no wake announced it', async () => {
    const correctedWith = async (wakeAt: Instant | undefined, reason: LevelSweep['reason']) => {
      const shop = openShop();
      shop.sweeps.sweep = { ...NO_SWEEP_DUE, dueAt: NOON, reason };
      shop.addSku('tea', 5, NOON);
      const { wakeAt: _wakeAt, ...recorded } = shop.levels.levels.get('tea') ?? aStockLevel();
      shop.levels.levels.set('tea', { ...recorded, ...(wakeAt === undefined ? {} : { wakeAt }) });
      // The index is eventually consistent.
      shop.levels.listDue = async () => ({ items: [] });
      await shop.look();
      return shop.counts;
    };

    expect(await correctedWith(undefined, 'daily')).toEqual([{ LevelsCorrected: 1 }]);
    expect(await correctedWith(NOON + 1, 'daily')).toEqual([{ LevelsCorrected: 1 }]);
    expect(await correctedWith(NOON, 'daily')).toEqual([]);
    expect(await correctedWith(undefined, 'location')).toEqual([]);
    expect(await correctedWith(undefined, 'first')).toEqual([]);
  });

  test('counts nothing where only a wake is missing', async () => {
    const shop = openShop();
    shop.sweeps.sweep = { ...NO_SWEEP_DUE, dueAt: NOON, reason: 'daily' };
    shop.addSku('tea', 5);
    shop.levels.levels.set('tea', aStockLevel());

    await shop.look();

    expect(shop.counts).toEqual([]);
  });

  test('repeats a page while a SKU of it is busy', async () => {
    const shop = openShop();
    shop.sweeps.sweep = { ...NO_SWEEP_DUE, dueAt: NOON };
    shop.addSku('busy');
    shop.levels.replace = async () => false;

    await shop.look();

    expect(shop.sweeps.sweep).toMatchObject({ dueAt: NOON, version: 1 });
  });

  test('repeats a page during which a location changed', async () => {
    const shop = openShop();
    shop.sweeps.sweep = { ...NO_SWEEP_DUE, dueAt: NOON };
    shop.addSku('tea', 5);
    shop.book.skus.set('tea', aStockItem({ locations: ['main', 'shop'] }));
    shop.book.locations.set('shop', aLocation({ locationId: 'shop' }));
    shop.book.cells.set('tea#shop#0', aCell({ locationId: 'shop', available: 5 }));
    const replace = shop.levels.replace.bind(shop.levels);
    let isChanged = false;
    shop.levels.replace = async (after) => {
      const isWritten = await replace(after);
      if (!isChanged) {
        isChanged = true;
        shop.book.locations.set('shop', aLocation({ locationId: 'shop', active: false }));
        await requestLevelSweep(shop.sweeps, NOON);
      }
      return isWritten;
    };

    await shop.look();
    expect(shop.levels.levels.get('tea')?.locations.shop?.level).toBe('in');
    expect(shop.sweeps.sweep).toMatchObject({ reason: 'location', dueAt: NOON });
    await shop.look(NOON + seconds(60));

    expect(shop.levels.levels.get('tea')?.locations.shop?.level).toBe('out');
  });

  test('of a changed location follows one that is at a later page', () => {
    const atPage = { ...firstSweep(NOON), cursor: 'page-2' };

    const requested = requestSweep(atPage, NOON + 1);
    const ended = advanceSweep(requested, undefined, NOON + 2);

    expect(requested).toMatchObject({ cursor: 'page-2', startsAgain: true, version: 2 });
    expect(ended).toEqual({
      dueAt: NOON + 2,
      reason: 'location',
      version: 3,
      createdAt: '2026-01-01T12:00:00.000Z',
      updatedAt: '2026-01-01T12:00:00.002Z',
    });
    expect(advanceSweep(ended, undefined, NOON + 3)).toMatchObject({
      dueAt: NOON + 3 + DAY,
      reason: 'daily',
    });
  });
});
