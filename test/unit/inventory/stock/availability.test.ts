import { describe, expect, test } from 'vitest';
import { AVAILABILITY_CELLS_MAX } from '../../../../lambdas/contracts/api/availability.ts';
import { type Cell, homeCellKey } from '../../../../lambdas/inventory/domain/ledger/cell.ts';
import type { Location } from '../../../../lambdas/inventory/domain/locations/location.ts';
import { availabilityOf } from '../../../../lambdas/inventory/domain/stock/availability.ts';
import { toStockOfSku } from '../../../../lambdas/inventory/domain/stock/stock-of-sku.ts';
import type { RecordKeys } from '../../../../lambdas/inventory/use-cases/ports.ts';
import { readAvailability } from '../../../../lambdas/inventory/use-cases/stock/read-availability.ts';
import { receiveStock } from '../../../../lambdas/inventory/use-cases/stock/update-stock.ts';
import type { Result } from '../../../../lambdas/shared/core/result.ts';
import {
  aCell,
  aLocation,
  aStockItem,
  HOLD_BUCKET,
  NOON,
  receiveCommand,
  seconds,
  unwrap,
} from '../../../support/inventory.ts';
import { MemoryStockStore } from '../../../support/memory-stock-store.ts';

/** The book in memory, which changes before one of its reads. */
class ChangingStore extends MemoryStockStore {
  #readsLeft: number;
  readonly #change: (store: ChangingStore) => Promise<Result<unknown, unknown>>;

  constructor(read: number, change: (store: ChangingStore) => Promise<Result<unknown, unknown>>) {
    super();
    this.#readsLeft = read;
    this.#change = change;
  }

  override async read(keys: RecordKeys) {
    this.#readsLeft -= 1;
    if (this.#readsLeft === 0) unwrap(await this.#change(this));
    return super.read(keys);
  }
}

const cellAt = (locationId: string, overrides: Partial<Cell> = {}): Cell =>
  aCell({ ...homeCellKey('tea', locationId), ...overrides });

const byId = (...locations: readonly Location[]): ReadonlyMap<string, Location> =>
  new Map(locations.map((location) => [location.locationId, location]));

describe('the availability of a SKU', () => {
  const cells = [
    cellAt('main', { available: 5, floor: 2 }),
    cellAt('annex', { available: 4, committed: 1 }),
    cellAt('store', { available: 3 }),
    cellAt('old', { available: 9 }),
  ];
  const locations = byId(
    aLocation(),
    aLocation({ locationId: 'store', ships: false, pickup: true }),
    aLocation({ locationId: 'old', active: false }),
  );
  const stock = toStockOfSku(aStockItem(), cells);

  test('is the sellable units of the active locations that ship', () => {
    expect(availabilityOf(stock, locations, NOON)).toEqual({
      sku: 'tea',
      sellable: 3 + 4,
      onHand: 5 + 5 + 3 + 9,
      locations: [
        { locationId: 'main', sellable: 3, onHand: 5 },
        { locationId: 'annex', sellable: 4, onHand: 5 },
        { locationId: 'store', sellable: 3, onHand: 3 },
        { locationId: 'old', sellable: 0, onHand: 9 },
      ],
    });
  });

  test('at named locations is that of the active ones, whether they ship or not', () => {
    const named = new Set(['store', 'old', 'nowhere']);

    expect(availabilityOf(stock, locations, NOON, named)).toEqual({
      sku: 'tea',
      sellable: 3,
      onHand: 3 + 9,
      locations: [
        { locationId: 'store', sellable: 3, onHand: 3 },
        { locationId: 'old', sellable: 0, onHand: 9 },
      ],
    });
  });

  test('at a location whose record is lost is 0', () => {
    const { sellable } = availabilityOf(stock, byId(), NOON);

    expect(sellable).toBe(3);
  });

  test('includes the units of an expired hold', () => {
    const held = toStockOfSku(aStockItem(), [
      cellAt('main', { available: 1, held: { [HOLD_BUCKET]: 2 } }),
    ]);

    expect(availabilityOf(held, byId(), NOON).sellable).toBe(1);
    expect(availabilityOf(held, byId(), NOON + seconds(600)).sellable).toBe(3);
  });
});

describe('the use case', () => {
  function storeWith(shardCount: number): MemoryStockStore {
    const store = new MemoryStockStore();
    for (const sku of ['tea', 'mug'])
      store.skus.set(sku, aStockItem({ sku, shardCount, openShardCount: shardCount }));
    return store;
  }

  test('returns each SKU once, in the order of the request, and lists unknown ones', async () => {
    const result = await readAvailability(storeWith(1), {
      skus: ['mug', 'none', 'tea', 'mug'],
      now: NOON,
    });

    expect(result).toEqual({
      ok: true,
      value: {
        asOf: '2026-01-01T12:00:00.000Z',
        items: ['mug', 'tea'].map((sku) =>
          expect.objectContaining({ sku, sellable: 0, onHand: 0 }),
        ),
        unknown: ['none'],
      },
    });
  });

  test.each([
    [AVAILABILITY_CELLS_MAX / 2, true],
    [AVAILABILITY_CELLS_MAX / 2 + 1, false],
  ])('of two SKUs with %i cells each is %s', async (shardCount, isOk) => {
    const result = await readAvailability(storeWith(shardCount), {
      skus: ['tea', 'mug'],
      now: NOON,
    });

    expect(result.ok).toBe(isOk);
    if (!result.ok)
      expect(result.error).toEqual({
        kind: 'tooManyCells',
        cells: 2 * shardCount,
        cellsMax: AVAILABILITY_CELLS_MAX,
      });
  });

  test.each([
    ['before the SKUs are read', 1, 4],
    ['before their records are read again', 2, 4],
    ['before the cells are read', 3, 4],
    ['before the records are compared', 4, 4],
    ['after the cells were read', 5, undefined],
  ])('has a location that gets its first units %s', async (_case, read, sellable) => {
    const store = new ChangingStore(read, (book) =>
      receiveStock(
        book,
        receiveCommand({ locationId: 'annex', createLocation: true, quantity: 4 }),
      ),
    );
    store.skus.set('tea', aStockItem());

    const { items } = unwrap(await readAvailability(store, { skus: ['tea'], now: NOON }));

    expect(items[0]?.locations.find(({ locationId }) => locationId === 'annex')?.sellable).toBe(
      sellable,
    );
    expect(items[0]?.sellable).toBe(sellable ?? 0);
  });
});
