import { describe, expect, test } from 'vitest';
import { MOVEMENT_DELAY_MILLISECONDS_MAX } from '../../../../lambdas/inventory/domain/audit/checkpoint.ts';
import { type CellKey, cellIdOf } from '../../../../lambdas/inventory/domain/ledger/cell.ts';
import { planTransfer } from '../../../../lambdas/inventory/domain/ledger/transfer.ts';
import type {
  AuditReader,
  KeyRange,
} from '../../../../lambdas/inventory/use-cases/audit/audit-ports.ts';
import { READS_MAX } from '../../../../lambdas/inventory/use-cases/audit/read-at-one-version.ts';
import type { RecordKeys, StockReader } from '../../../../lambdas/inventory/use-cases/ports.ts';
import { explainStock } from '../../../../lambdas/inventory/use-cases/stock/explain-stock.ts';
import { getStock, listStock } from '../../../../lambdas/inventory/use-cases/stock/read-stock.ts';
import { receiveStock } from '../../../../lambdas/inventory/use-cases/stock/update-stock.ts';
import { RetryLaterError } from '../../../../lambdas/shared/core/errors.ts';
import { toIso } from '../../../../lambdas/shared/core/instant.ts';
import { err } from '../../../../lambdas/shared/core/result.ts';
import {
  aCell,
  aStockItem,
  context,
  NOON,
  receiveCommand,
  teaShard,
  unwrap,
} from '../../../support/inventory.ts';
import { MemoryStockStore } from '../../../support/memory-stock-store.ts';

/**
 * The book in memory, read item by item like a table. A step of `between` runs before each item.
 */
class ItemwiseStore extends MemoryStockStore {
  between: ((item: string) => unknown)[] = [];
  itemsRead: string[] = [];
  pauses = 0;

  constructor(units: readonly number[], sku = 'tea') {
    super();
    this.add(units, sku);
  }

  add(units: readonly number[], sku: string): void {
    this.skus.set(sku, aStockItem({ sku, shardCount: units.length }));
    for (const [number, available] of units.entries()) {
      const cell = aCell({ sku, shard: number, available });
      this.cells.set(cellIdOf(cell), cell);
    }
  }

  override async read({ cells: keys = [], stockItems: skus = [], ...rest }: RecordKeys) {
    const items = await this.#each(skus, (sku) => super.read({ stockItems: [sku] }));
    const cells = await this.#each(keys.map(cellIdOf), (id) =>
      super.read({ cells: keys.filter((key) => cellIdOf(key) === id) }),
    );
    return {
      ...(await super.read(rest)),
      stockItems: new Map(items.flatMap(({ stockItems }) => [...stockItems])),
      cells: new Map(cells.flatMap((records) => [...records.cells])),
    };
  }

  override async backoff(): Promise<void> {
    this.pauses += 1;
  }

  async #each<Value>(
    names: readonly string[],
    read: (name: string) => Promise<Value>,
  ): Promise<Value[]> {
    const values: Value[] = [];
    for (const name of names) {
      await this.between.shift()?.(name);
      this.itemsRead.push(name);
      values.push(await read(name));
    }
    return values;
  }

  /** Puts units into one cell, as another request does. */
  putInto(number: number, quantity: number): void {
    const cell = this.cells.get(cellIdOf(teaShard(number)));
    if (cell === undefined) throw new Error('the cell does not exist');
    const { available, version } = cell;
    this.cells.set(cellIdOf(cell), {
      ...cell,
      available: available + quantity,
      version: version + 1,
    });
  }

  /** Moves units between two cells, as rebalancing does. */
  move(from: number, to: number, quantity: number): void {
    const sku = this.skus.get('tea');
    const cell = this.cells.get(cellIdOf(teaShard(from)));
    if (sku === undefined || cell === undefined)
      throw new Error('the SKU or the cell does not exist');
    const creates = !this.cells.has(cellIdOf(teaShard(to)));
    const change = planTransfer(
      sku,
      { to: teaShard(to), creates },
      [{ cell, quantity }],
      context(),
    );
    if (change === undefined) throw new Error('the cell has too few units to move');
    void super.apply(change);
  }
}

const nothing = () => undefined;
const availableIn = async (store: ItemwiseStore): Promise<number[]> =>
  unwrap(await getStock(store, 'tea')).cells.map(({ available }) => available);

describe('the stock of a SKU with several cells', () => {
  test('is read with the record of the SKU before and after', async () => {
    const store = new ItemwiseStore([5, 3]);

    expect(await availableIn(store)).toEqual([5, 3]);
    expect(store.itemsRead).toEqual(['tea', 'tea#main#0', 'tea#main#1', 'tea']);
  });

  test.each([
    ['from a cell that is not read yet to one that was read', 1, 0, [8, 0]],
    ['from a cell that was read to one that is not read yet', 0, 1, [2, 6]],
  ])('counts each unit once when units move %s', async (_way, from, to, cells) => {
    const store = new ItemwiseStore([5, 3]);
    store.between = [nothing, nothing, () => store.move(from, to, 3)];

    expect(await availableIn(store)).toEqual(cells);
    expect(store.pauses).toBe(1);
  });

  test('counts units that move into a new cell after the record is read', async () => {
    const store = new ItemwiseStore([5]);
    store.between = [nothing, () => store.move(0, 1, 3)];

    expect(await availableIn(store)).toEqual([2, 3]);
  });

  test('is read again after each move, and is 503 when units move during every read', async () => {
    const store = new ItemwiseStore([1_000, 0]);
    const moves = (count: number) => {
      store.between = Array.from({ length: count }, () => [
        nothing,
        nothing,
        () => store.move(0, 1, 1),
        nothing,
      ]).flat();
    };

    moves(READS_MAX - 1);
    expect((await availableIn(store)).reduce((sum, units) => sum + units)).toBe(1_000);
    moves(READS_MAX);
    await expect(getStock(store, 'tea')).rejects.toThrow(RetryLaterError);
  });

  test('includes receipts before the read, and may include any of those during it', async () => {
    const store = new ItemwiseStore([5, 3]);
    store.putInto(0, 1);
    store.between = [nothing, nothing, () => [store.putInto(0, 10), store.putInto(1, 100)]];

    expect(await availableIn(store)).toEqual([6, 103]);
  });

  test('of a SKU that does not exist is not found', async () => {
    expect(await getStock(new ItemwiseStore([5]), 'cup')).toEqual(err({ kind: 'notFound' }));
  });
});

describe('a page of stock', () => {
  const reader = { listSkus: async () => ({ items: ['cup', 'ghost', 'tea'], cursor: 'next' }) };

  test('reads only the SKU again whose units moved', async () => {
    const store = new ItemwiseStore([5, 3]);
    store.add([7], 'cup');
    store.between = [nothing, nothing, nothing, nothing, nothing, () => store.move(1, 0, 3)];

    // The use case calls only `listSkus` of the reader.
    const page = unwrap(
      await listStock({ store, reader: reader as unknown as StockReader }, { limit: 3 }),
    );

    expect(page.cursor).toBe('next');
    expect(
      page.items.map(({ sku, cells }) => [sku, cells.map(({ available }) => available)]),
    ).toEqual([
      ['cup', [7]],
      ['tea', [8, 0]],
    ]);
    expect(store.itemsRead.slice(-4)).toEqual(['tea', 'tea#main#0', 'tea#main#1', 'tea']);
  });
});

describe('an explanation of a SKU with several cells', () => {
  const explained = async (store: ItemwiseStore, at?: string) => {
    const audit = {
      readCell: async (cell: CellKey) => {
        await store.between.shift()?.(cellIdOf(cell));
        return { cell: store.cells.get(cellIdOf(cell)), unreadable: {} };
      },
      movements: async function* (cell: CellKey, { until }: KeyRange) {
        const found = store.movements.filter(
          ({ cellId, at: time }) => cellId === cellIdOf(cell) && time <= until,
        );
        for (const movement of found)
          yield {
            key: movement.movementId,
            at: movement.at,
            operationId: '',
            movements: [movement],
          };
      },
    };
    const reader = { listMovements: async () => ({ items: [] }) };
    // The use case calls only these methods of the two readers.
    const ports = {
      store,
      reader: reader as unknown as StockReader,
      audit: audit as unknown as AuditReader,
    };
    return explainStock(ports, { sku: 'tea', ...(at === undefined ? {} : { at }) }, NOON);
  };
  const received = async (quantity = 8): Promise<ItemwiseStore> => {
    const store = new ItemwiseStore([0, 0]);
    await receiveStock(store, receiveCommand({ quantity }));
    return store;
  };

  test.each([
    ['from the first cell to the second', 0, 1],
    ['back to the first cell', 1, 0],
  ])('counts each unit once when units move %s', async (_way, from, to) => {
    const store = await received();
    if (from === 1) store.move(0, 1, 5);
    store.between = [nothing, nothing, () => store.move(from, to, 3)];

    expect(unwrap(await explained(store)).quantities).toMatchObject({ onHand: 8, available: 8 });
  });

  test('is 503 when units move during every read, unless its time is too old for any new movement', async () => {
    const store = await received(2 * READS_MAX);
    const moves = () => {
      store.between = Array.from({ length: READS_MAX }, () => [
        nothing,
        () => store.move(0, 1, 1),
        nothing,
        nothing,
      ]).flat();
    };

    moves();
    await expect(explained(store)).rejects.toThrow(RetryLaterError);
    moves();
    expect(
      unwrap(await explained(store, toIso(NOON - MOVEMENT_DELAY_MILLISECONDS_MAX))).quantities
        .onHand,
    ).toBe(0);
  });

  test('of a SKU that does not exist is not found, whatever the time', async () => {
    const store = new ItemwiseStore([], 'cup');
    store.skus.delete('cup');

    expect(await explained(store)).toEqual(err({ kind: 'notFound' }));
    expect(await explained(store, toIso(0))).toEqual(err({ kind: 'notFound' }));
  });
});
