import { describe, expect, test } from 'vitest';
import { MemoryStockStore } from '../../../lambdas/inventory/adapters/memory-stock-store.ts';
import { cellIdOf, mainCellOf } from '../../../lambdas/inventory/domain/cell.ts';
import type { AuditReader } from '../../../lambdas/inventory/use-cases/audit-ports.ts';
import { countBasis } from '../../../lambdas/inventory/use-cases/count-basis.ts';
import { RetryLater } from '../../../lambdas/shared/faults.ts';
import { toIso } from '../../../lambdas/shared/instant.ts';
import { aCell, acceptedOf, aSku, NOON } from '../../support/inventory.ts';

const asked = { sku: 'tea', locationId: 'main', at: toIso(NOON), counted: 9 };

/** Nothing has moved since the count was made. */
class QuietReader {
  looks = 0;
  async *movements() {}
  async pause() {
    this.looks += 1;
  }
}

function bookOf(...units: readonly number[]) {
  const store = new MemoryStockStore();
  const put = (shard: number, available: number, version: number) =>
    store.cells.set(cellIdOf({ ...mainCellOf('tea'), shard }), aCell({ shard, available, version }));
  store.skus.set('tea', aSku({ shardCount: units.length }));
  for (const [shard, available] of units.entries()) put(shard, available, 1);
  const reader = new QuietReader();
  const basis = () => countBasis({ store, reader: reader as unknown as AuditReader }, asked, NOON);
  return { store, put, reader, basis };
}

/** Does something after a read of the book, once for each. */
function afterLoad(store: MemoryStockStore, ...acts: readonly (() => unknown)[]): void {
  const load = store.load.bind(store);
  const open = [...acts];
  store.load = async (reads) => {
    const state = await load(reads);
    open.shift()?.();
    return state;
  };
}

describe('what a count is held against', () => {
  test('is what all cells of the location had at one moment', async () => {
    const { basis, reader } = bookOf(4, 5);

    expect(acceptedOf(await basis())).toMatchObject({ expected: 9, counts: { onHand: 9 } });
    expect(reader.looks).toBe(0);
  });

  test('is looked at again where a cell was changed between two looks', async () => {
    const { basis, store, put, reader } = bookOf(4, 5);
    afterLoad(store, () => put(1, 6, 2));

    expect(acceptedOf(await basis()).expected).toBe(10);
    expect(reader.looks).toBe(1);
  });

  test('is looked at again where a cell was opened between two looks', async () => {
    const { basis, store, put, reader } = bookOf(4);
    afterLoad(store, () => {
      store.skus.set('tea', aSku({ shardCount: 2 }));
      put(1, 3, 1);
    });

    expect(acceptedOf(await basis()).expected).toBe(7);
    expect(reader.looks).toBe(1);
  });

  test('cannot be told while cells change at each look', async () => {
    const { basis, store, put } = bookOf(4);
    const load = store.load.bind(store);
    let version = 1;
    store.load = async (reads) => {
      const state = await load(reads);
      version += 1;
      put(0, 4, version);
      return state;
    };

    await expect(basis()).rejects.toBeInstanceOf(RetryLater);
  });
});
