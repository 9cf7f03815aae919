import { describe, expect, test } from 'vitest';
import type { Cell } from '../../../../lambdas/inventory/domain/ledger/cell.ts';
import type { StockItem } from '../../../../lambdas/inventory/domain/ledger/stock-item.ts';
import type { Location } from '../../../../lambdas/inventory/domain/locations/location.ts';
import {
  CLOCK_DIFFERENCE_MILLISECONDS,
  decideLevel,
  LEVEL_CHECK_MILLISECONDS,
  LEVEL_QUIET_MILLISECONDS,
  type LevelRules,
} from '../../../../lambdas/inventory/domain/stock/decide-level.ts';
import { isLow, type StockLevel } from '../../../../lambdas/inventory/domain/stock/stock-level.ts';
import {
  aCell,
  aLocation,
  aStockItem,
  aStockLevel,
  NOON,
  NOON_BUCKET,
} from '../../../support/inventory.ts';

const WATCH = { mayRaise: false };
const LOOK = { mayRaise: true };
const THRESHOLD = 5;
const stockItem = aStockItem({ lowStockThreshold: THRESHOLD });
/** The levels of a SKU with this level at `main` and in total, which changed `agoMilliseconds`. */
const levelsAt = (
  level: StockLevel['total']['level'],
  { ago = LEVEL_QUIET_MILLISECONDS, ...overrides }: Partial<StockLevel> & { ago?: number } = {},
) => {
  const lastChange = { at: NOON - ago, sellable: 1 };
  const main = { level, lastChange };
  return aStockLevel({ total: main, locations: { main }, ...overrides });
};

type Case = Partial<LevelRules> & {
  readonly before?: StockLevel | undefined;
  readonly available?: number;
  readonly cells?: readonly Cell[];
  readonly item?: StockItem;
  readonly locations?: readonly Location[];
};
const decide = ({
  before,
  available = 0,
  cells = [aCell({ available })],
  item = stockItem,
  locations = [],
  ...rules
}: Case) =>
  decideLevel(
    before,
    { stockItem: item, cells, locations: new Map(locations.map((one) => [one.locationId, one])) },
    { now: NOON, showBelow: 0, mayRaise: true, ...rules },
  );

describe('the level of a SKU', () => {
  test.each([
    [0, 'out'],
    [1, 'low'],
    [THRESHOLD - 1, 'low'],
    [THRESHOLD, 'in'],
    [THRESHOLD + 1, 'in'],
  ])('with %i sellable units is %s', (available, level) => {
    expect(decide({ available })?.total.level ?? 'out').toBe(level);
  });

  test.each([
    ['without a threshold', aStockItem(), 1],
    ['with a threshold of 0', aStockItem({ lowStockThreshold: 0 }), 1],
    ['with thresholds of locations', aStockItem({ lowStockThreshold: { main: 9 } }), 1],
  ])('%s is never low in total', (_case, item, available) => {
    expect(decide({ item, available })?.total.level).toBe('in');
  });

  test('is not stored before there were units', () => {
    expect(decide({ ...WATCH })).toBeUndefined();
    expect(decide({ ...LOOK })).toBeUndefined();
    expect(decide({ ...LOOK, locations: [aLocation({ locationId: 'main', pickup: true })] })).toBe(
      undefined,
    );
  });

  test('is stored with its change, in the next version', () => {
    const before = levelsAt('in', { version: 3, createdAt: '2025-12-31T00:00:00.000Z' });
    const lastChange = { at: NOON, sellable: 4, lowStockThreshold: THRESHOLD };

    expect(decide({ before, available: 4, ...WATCH })).toEqual({
      sku: 'tea',
      total: { level: 'low', lastChange },
      locations: before.locations,
      wakeAt: NOON + LEVEL_CHECK_MILLISECONDS,
      version: 4,
      createdAt: '2025-12-31T00:00:00.000Z',
      updatedAt: '2026-01-01T12:00:00.000Z',
      correlationId: 'corr-0',
    });
  });

  test('counts the active locations that ship, and each location for itself', () => {
    const item = aStockItem({ locations: ['main', 'shop', 'closed'] });
    const cells = [
      aCell(),
      aCell({ locationId: 'shop', available: 3 }),
      aCell({ locationId: 'closed', available: 3 }),
    ];
    const locations = [
      aLocation({ locationId: 'shop', ships: false, pickup: true }),
      aLocation({ locationId: 'closed', active: false, pickup: true }),
    ];

    const after = decide({ item, cells, locations });

    expect(after?.total).toEqual({ level: 'out' });
    expect(after?.locations).toEqual({
      main: { level: 'out' },
      shop: { level: 'in', pickup: true, lastChange: { at: NOON, sellable: 3 } },
      closed: { level: 'out' },
    });
  });

  test('of a location has the threshold of that location', () => {
    const item = aStockItem({ locations: ['main', 'shop'], lowStockThreshold: { shop: 5 } });
    const cells = [aCell({ available: 2 }), aCell({ locationId: 'shop', available: 2 })];

    const after = decide({ item, cells, locations: [aLocation({ locationId: 'shop' })] });

    expect(after).toMatchObject({
      total: { level: 'in' },
      locations: { main: { level: 'in' }, shop: { level: 'low' } },
    });
  });
});

describe('a change of a level', () => {
  test.each([
    ['in', 0, 'out'],
    ['low', 0, 'out'],
    ['in', 1, 'low'],
  ] as const)('from %s falls at once with %i units, by a watcher', (from, available, to) => {
    expect(decide({ before: levelsAt(from), available, ...WATCH })?.total.level).toBe(to);
  });

  test.each([
    ['out', 1],
    ['out', 9],
    ['low', 9],
  ] as const)('from %s with %i units is left by a watcher to the next look', (from, available) => {
    const before = levelsAt(from);

    const after = decide({ before, available, ...WATCH });

    expect(after).toMatchObject({ total: before.total, wakeAt: NOON, version: 2 });
  });

  test.each([
    ['raise', 'out', 9, LEVEL_QUIET_MILLISECONDS - 1, 'out'],
    ['raise', 'out', 9, LEVEL_QUIET_MILLISECONDS, 'in'],
    ['fall to low', 'in', 1, LEVEL_QUIET_MILLISECONDS - 1, 'in'],
    ['fall to low', 'in', 1, LEVEL_QUIET_MILLISECONDS, 'low'],
    ['fall to out', 'in', 0, 0, 'out'],
    ['fall to out', 'low', 0, 1, 'out'],
  ] as const)('%s from %s with %i units, %i ms after the last one, leads to %s', (...one) => {
    const [_change, from, available, ago, level] = one;
    const before = levelsAt(from, { ago });

    const after = decide({ before, available, ...LOOK });

    expect(after?.total.level).toBe(level);
    if (level === from) expect(after?.wakeAt).toBe(NOON - ago + LEVEL_QUIET_MILLISECONDS);
  });

  test('has a time after the last one, when the clock is behind', () => {
    const before = levelsAt('in', { ago: -3_000 });

    expect(decide({ before, available: 0, ...WATCH })?.total.lastChange?.at).toBe(NOON + 3_000);
  });

  test('sets the flag for low stock, also where the first units are too few', () => {
    const isLowAfter = (available: number, before?: StockLevel) => {
      const after = decide({ before, available });
      return after === undefined ? undefined : isLow(after.total);
    };

    expect(isLowAfter(3)).toBe(true);
    expect(isLowAfter(10)).toBe(false);
    expect(isLowAfter(0, levelsAt('in'))).toBe(true);
    expect(isLowAfter(10, levelsAt('low'))).toBe(false);
  });
});

describe('units left', () => {
  const left = (available: number, rules: Case = {}) =>
    decide({ available, showBelow: 3, ...rules })?.total.left;

  test('are shown at the limit of the stage, and not above it', () => {
    expect([left(0), left(1), left(3), left(4)]).toEqual([undefined, 1, 3, undefined]);
    expect(left(1, { showBelow: 0 })).toBeUndefined();
  });

  test('fall at once, and rise in a look', () => {
    const item = aStockItem();
    const main = { level: 'in', left: 2 } as const;
    const before = aStockLevel({ total: main, locations: { main } });

    expect(left(1, { item, before, ...WATCH })).toBe(1);
    expect(left(3, { item, before, ...WATCH })).toBe(2);
    expect(left(9, { item, before, ...WATCH })).toBe(2);
    expect(left(3, { item, before, ...LOOK })).toBe(3);
    expect(decide({ item, before, available: 9, showBelow: 3 })?.total).toEqual({ level: 'in' });
  });

  test('appear at once', () => {
    const before = aStockLevel();

    expect(left(3, { item: aStockItem(), before, ...WATCH })).toBe(3);
  });

  test('are not shown by a watcher for a SKU that is still out', () => {
    expect(left(2, { before: levelsAt('out'), ...WATCH })).toBeUndefined();
  });
});

describe('pickup', () => {
  const locations = [aLocation({ locationId: 'main', pickup: true })];

  test('is shown by a look, and kept by a watcher', () => {
    const item = aStockItem();
    const shown = decide({ available: 9, item, locations });
    const before = shown && { ...shown, wakeAt: NOON + LEVEL_QUIET_MILLISECONDS };

    expect(shown?.locations.main).toMatchObject({ level: 'in', pickup: true });
    expect(decide({ before, available: 9, item, ...WATCH })).toBeUndefined();
    expect(decide({ before, available: 9, item, ...LOOK })?.locations.main).not.toHaveProperty(
      'pickup',
    );
  });

  test('is not shown where the SKU is out', () => {
    const before = decide({ available: 9, locations });

    expect(decide({ before, locations, ...WATCH })?.locations.main).toEqual({
      level: 'out',
      lastChange: { at: NOON, sellable: 0 },
    });
  });
});

describe('the wake of a SKU', () => {
  const LATER = NOON_BUCKET + 60;
  const lowInTotal = (overrides: Partial<StockLevel> = {}) =>
    levelsAt('low', { locations: { main: { level: 'in' } }, ...overrides });
  const held = (...buckets: readonly number[]) => [
    aCell({ available: 1, held: Object.fromEntries(buckets.map((bucket) => [bucket, 2])) }),
  ];
  const wakeOf = (one: Case) => decide(one)?.wakeAt;

  test('is the end of the next bucket with units, where stock is low or out', () => {
    const before = lowInTotal();

    expect(wakeOf({ before, cells: held(LATER + 60, LATER), ...WATCH })).toBe(LATER * 1_000);
    expect(
      wakeOf({ before: levelsAt('out'), cells: [aCell({ held: { [LATER]: 1 } })], ...WATCH }),
    ).toBe(LATER * 1_000);
  });

  test('ignores buckets without units, and those of locations that are not active', () => {
    const before = lowInTotal();
    const item = aStockItem({ ...stockItem, locations: ['main', 'closed'] });
    const cells = [
      aCell({ available: 1, held: { [LATER]: 0 } }),
      aCell({ locationId: 'closed', held: { [LATER]: 5 } }),
    ];
    const locations = [aLocation({ locationId: 'closed', active: false })];

    expect(decide({ before, item, cells, locations, ...WATCH })).toBeUndefined();
  });

  test('is not set for a SKU that is well stocked', () => {
    const cells = [aCell({ available: 9, held: { [LATER]: 2 } })];

    expect(decide({ before: levelsAt('in'), cells, ...WATCH })).toBeUndefined();
    expect(decide({ before: levelsAt('in'), cells, ...LOOK })).toBeUndefined();
  });

  test('is moved to an earlier time by a watcher, and not to a later one', () => {
    const recorded = (LATER + 60) * 1_000;
    const before = lowInTotal({ wakeAt: recorded });

    expect(wakeOf({ before, cells: held(LATER), ...WATCH })).toBe(LATER * 1_000);
    expect(decide({ before, cells: held(LATER + 60), ...WATCH })).toBeUndefined();
    expect(decide({ before, cells: held(LATER + 120), ...WATCH })).toBeUndefined();
    expect(decide({ before, cells: held(LATER + 120), ...LOOK })).toBeUndefined();
  });

  test('that is due is moved or removed by a look', () => {
    const before = lowInTotal({ wakeAt: NOON });

    expect(wakeOf({ before, cells: held(LATER) })).toBe(LATER * 1_000);
    expect(decide({ before, available: 1 })).toMatchObject({ total: before.total, version: 2 });
    expect(decide({ before, available: 1 })).not.toHaveProperty('wakeAt');
  });

  test('that may be due for a look is written again, so that the look decides again', () => {
    const cells = held(LATER);
    const nearly = NOON + CLOCK_DIFFERENCE_MILLISECONDS;
    const write = (wakeAt: number) => decide({ before: lowInTotal({ wakeAt }), cells, ...WATCH });

    expect(write(nearly)).toMatchObject({ wakeAt: nearly, version: 2 });
    expect(write(nearly + 1)).toBeUndefined();
    expect(write(NOON)).toMatchObject({ wakeAt: LATER * 1_000, version: 2 });
  });

  test('after a change of what is shown is soon, so that a look checks it', () => {
    const checkAt = NOON + LEVEL_CHECK_MILLISECONDS;

    expect(wakeOf({ before: levelsAt('in'), available: 1, ...WATCH })).toBe(checkAt);
    expect(wakeOf({ before: levelsAt('out'), available: 9, ...LOOK })).toBe(checkAt);
    expect(wakeOf({ before: levelsAt('in'), available: 0, cells: held(LATER), ...WATCH })).toBe(
      checkAt,
    );
  });
});
