import { describe, expect, test } from 'vitest';
import type { Location } from '../../../../lambdas/inventory/domain/locations/location.ts';
import type { ReserveLine } from '../../../../lambdas/inventory/domain/reservations/candidates.ts';
import type { ReserveStock } from '../../../../lambdas/inventory/domain/reservations/reserve.ts';
import type { RecordKeys } from '../../../../lambdas/inventory/use-cases/ports.ts';
import {
  ReserveCache,
  RUSH_REJECTIONS_MIN,
  SETTINGS_TTL_MILLISECONDS,
} from '../../../../lambdas/inventory/use-cases/reservations/reserve-cache.ts';
import { reserveStock } from '../../../../lambdas/inventory/use-cases/reservations/reserve-stock.ts';
import { receiveStock } from '../../../../lambdas/inventory/use-cases/stock/update-stock.ts';
import { UnreadableRecordError } from '../../../../lambdas/shared/core/unreadable-record.ts';
import { aLocation, NOON, receiveCommand, reserveCommand } from '../../../support/inventory.ts';
import { MemoryStockStore } from '../../../support/memory-stock-store.ts';

class RecordingStore extends MemoryStockStore {
  readonly reads: RecordKeys[] = [];
  /** Runs before a read of these keys. */
  beforeRead: (keys: RecordKeys) => Promise<unknown> = async () => undefined;

  override async read(keys: RecordKeys) {
    await this.beforeRead(keys);
    this.reads.push(keys);
    return super.read(keys);
  }
}

/** Returns a book with units of tea and cup by location, and a function that reserves there. */
async function aBook(units: Readonly<Record<string, readonly [number, number]>>) {
  const store = new RecordingStore();
  const cache = new ReserveCache();
  const setLocation = (overrides: Partial<Location>) => {
    const location = aLocation(overrides);
    store.locations.set(location.locationId, location);
  };
  const receive = (sku: string, locationId: string, quantity: number) =>
    receiveStock(
      store,
      receiveCommand({
        operationId: `receipt-${store.operations.size}`,
        sku,
        locationId,
        quantity,
      }),
    );
  for (const [locationId, [tea, cup]] of Object.entries(units)) {
    if (locationId !== 'main') setLocation({ locationId });
    if (tea > 0) await receive('tea', locationId, tea);
    if (cup > 0) await receive('cup', locationId, cup);
  }
  store.reads.length = 0;
  let count = 0;
  const reserve = async (lines: readonly ReserveLine[], more: Partial<ReserveStock> = {}) => {
    count += 1;
    store.reads.length = 0;
    const command = reserveCommand({ reservationId: `res-${count}`, lines, ...more });
    const result = await reserveStock(store, command, cache);
    if (!result.ok) return result.error;
    return result.value.reservation.lines.map(
      ({ sku, locationId, quantity }) => `${quantity} ${sku} ${locationId}`,
    );
  };
  return { store, cache, setLocation, receive, reserve };
}

const DAMAGED = { table: 'inventory', key: 'LOCATIONS LOCATION#east', id: 'east', problem: 'name' };
const TWO_LINES = [
  { sku: 'tea', quantity: 2 },
  { sku: 'cup', quantity: 1 },
];
const TEA = (quantity: number, from?: ReserveLine['from']) => [{ sku: 'tea', quantity, from }];
const cell = (sku: string, locationId: string) => ({ sku, locationId, shard: 0 });

describe('the reads of a hold', () => {
  test('at one location are one, with no record of a location', async () => {
    const { store, reserve } = await aBook({ main: [5, 5] });

    expect(await reserve(TWO_LINES)).toEqual(['2 tea main', '1 cup main']);
    expect(store.reads).toEqual([
      {
        cells: [cell('tea', 'main'), cell('cup', 'main')],
        reservations: ['res-1'],
        stockItems: ['tea', 'cup'],
        locations: [],
      },
    ]);
  });

  test('at several locations read their settings and the first one that may have every line', async () => {
    const { store, setLocation, reserve } = await aBook({ main: [5, 5], east: [5, 5] });
    setLocation({ locationId: 'east', priority: 1 });

    expect(await reserve(TWO_LINES)).toEqual(['2 tea east', '1 cup east']);
    expect(store.reads.slice(1)).toEqual([
      { locations: ['main', 'east'] },
      { cells: [cell('tea', 'east'), cell('cup', 'east')] },
    ]);
  });

  test('are one while the settings are cached', async () => {
    const { store, reserve } = await aBook({ main: [5, 5], east: [5, 5] });
    await reserve(TWO_LINES);

    expect(await reserve(TWO_LINES)).toEqual(['2 tea main', '1 cup main']);
    expect(store.reads).toEqual([
      {
        cells: [cell('tea', 'main'), cell('cup', 'main')],
        reservations: ['res-2'],
        stockItems: [],
        locations: [],
      },
    ]);
  });

  test('are of all candidates, and of no other cell, when the first location lacks a line', async () => {
    const { store, setLocation, reserve } = await aBook({
      main: [5, 1],
      east: [5, 5],
      closed: [5, 5],
    });
    setLocation({ locationId: 'closed', active: false });
    setLocation({ locationId: 'east', priority: 200 });

    expect(
      await reserve([
        { sku: 'tea', quantity: 2 },
        { sku: 'cup', quantity: 2 },
      ]),
    ).toEqual(['2 tea east', '2 cup east']);
    expect(store.reads.at(-1)).toEqual({
      cells: ['tea', 'cup'].flatMap((sku) => [cell(sku, 'main'), cell(sku, 'east')]),
    });
  });

  test('begin with the named location', async () => {
    const { store, reserve } = await aBook({ main: [5, 5], east: [5, 5] });

    expect(await reserve(TEA(2, 'east'))).toEqual(['2 tea east']);
    expect(store.reads).toEqual([
      {
        cells: [cell('tea', 'east')],
        reservations: ['res-1'],
        stockItems: ['tea'],
        locations: ['east'],
      },
    ]);
  });
});

describe('a location', () => {
  test('is never chosen while it is inactive', async () => {
    const { setLocation, reserve } = await aBook({ main: [2, 0], east: [9, 0] });
    setLocation({ locationId: 'east', active: false });

    expect(await reserve(TEA(3))).toMatchObject({
      kind: 'insufficientStock',
      shortages: [{ available: 2, at: [{ locationId: 'main', available: 2 }] }],
    });
    expect(await reserve(TEA(1, 'east'))).toMatchObject({
      kind: 'insufficientStock',
      shortages: [{ available: 0, at: [] }],
    });
  });

  test('that does not ship is chosen only by name', async () => {
    const { setLocation, reserve } = await aBook({ main: [2, 0], shop: [9, 0] });
    setLocation({ locationId: 'shop', ships: false, priority: 1 });

    expect(await reserve(TEA(2))).toEqual(['2 tea main']);
    expect(await reserve(TEA(2))).toMatchObject({ kind: 'insufficientStock' });
    expect(await reserve(TEA(2, 'shop'))).toEqual(['2 tea shop']);
  });

  test.each([
    [-1, ['1 tea east']],
    [0, ['1 tea main']],
    [1, ['1 tea main']],
  ])('is used for 5 s after it became inactive (and %i ms)', async (late, expected) => {
    const { setLocation, reserve } = await aBook({ main: [9, 0], east: [9, 0] });
    setLocation({ locationId: 'east', priority: 1 });
    await reserve(TEA(1));
    setLocation({ locationId: 'east', active: false });

    const now = NOON + SETTINGS_TTL_MILLISECONDS + late;
    expect(await reserve(TEA(1), { now })).toEqual(expected);
  });

  test('without a record is an error that names it, until it is created', async () => {
    const { setLocation, reserve } = await aBook({ main: [9, 0] });
    const lines = TEA(1, { anyOf: ['west', 'main'], split: true });

    expect(await reserve(lines)).toEqual({ kind: 'unknownLocation', locationIds: ['west'] });
    setLocation({ locationId: 'west' });
    expect(await reserve(lines)).toEqual(['1 tea main']);
  });

  test('whose record is unreadable is not chosen by default, and stops no other one', async () => {
    const { store, reserve } = await aBook({ main: [5, 0], east: [9, 0] });
    store.beforeRead = async ({ locations }) => {
      if (locations?.includes('east')) throw new UnreadableRecordError(DAMAGED);
    };

    expect(await reserve(TEA(2))).toEqual(['2 tea main']);
    expect(await reserve(TEA(6))).toMatchObject({
      kind: 'insufficientStock',
      shortages: [{ at: [{ locationId: 'main', available: 3 }] }],
    });
    await expect(reserve(TEA(1, 'east'))).rejects.toThrow(UnreadableRecordError);
  });

  test('that gets its first units during a request is not missed by the rejection', async () => {
    const { store, setLocation, receive, reserve } = await aBook({ main: [2, 0] });
    setLocation({ locationId: 'east' });
    let isReceived = false;
    store.beforeRead = async ({ cells, stockItems }) => {
      // After the SKU was read with its one location, and before its cells are read again.
      if (isReceived || cells === undefined || stockItems !== undefined) return;
      isReceived = true;
      await receive('tea', 'east', 5);
    };

    expect(await reserve(TEA(4))).toEqual(['4 tea east']);
    expect(isReceived).toBe(true);
  });
});

describe('a request with two sources of one SKU', () => {
  test('is rejected without a read', async () => {
    const { store, reserve } = await aBook({ main: [9, 0] });

    expect(await reserve([...TEA(1, 'main'), ...TEA(1)])).toEqual({
      kind: 'conflictingSources',
      skus: ['tea'],
    });
    expect(store.reads).toEqual([]);
  });
});

describe('a rush for a SKU at two locations', () => {
  const soldOutBook = async () => {
    const book = await aBook({ main: [2, 0], east: [1, 0] });
    for (let time = 0; time < RUSH_REJECTIONS_MIN; time += 1)
      expect(await book.reserve(TEA(4))).toMatchObject({ kind: 'insufficientStock' });
    return book;
  };

  test('rejects by the units of all candidates, after one read of the reservation', async () => {
    const { store, reserve } = await soldOutBook();

    expect(await reserve(TEA(4))).toEqual({
      kind: 'insufficientStock',
      shortages: [
        {
          sku: 'tea',
          requested: 4,
          available: 3,
          at: [
            { locationId: 'main', available: 2 },
            { locationId: 'east', available: 1 },
          ],
        },
      ],
    });
    expect(store.reads).toHaveLength(1);
  });

  test.each([
    [3, undefined, ['2 tea main', '1 tea east']],
    [2, { split: false }, ['2 tea main']],
    [1, 'east', ['1 tea east']],
  ] as const)('holds what the candidates have: %i of %j', async (quantity, from, expected) => {
    const { reserve } = await soldOutBook();

    expect(await reserve(TEA(quantity, from))).toEqual(expected);
  });

  test('rejects a line without a split by the fullest of them', async () => {
    const { store, reserve } = await soldOutBook();

    expect(await reserve(TEA(3, { split: false }))).toMatchObject({
      shortages: [{ available: 2 }],
    });
    expect(store.reads).toHaveLength(1);
  });

  test('does not reject by one location when another one is not known to be short', async () => {
    const { receive, setLocation, reserve } = await soldOutBook();
    setLocation({ locationId: 'west' });
    await receive('tea', 'west', 9);

    expect(await reserve(TEA(4, { anyOf: ['main', 'west'], split: true }))).toEqual(['4 tea west']);
  });
});
