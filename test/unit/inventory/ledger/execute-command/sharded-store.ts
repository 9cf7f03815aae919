import { cellIdOf } from '../../../../../lambdas/inventory/domain/ledger/cell.ts';
import {
  type Change,
  withConflicts,
} from '../../../../../lambdas/inventory/domain/ledger/change.ts';
import { planTransfer } from '../../../../../lambdas/inventory/domain/ledger/transfer.ts';
import type { ApplyResult, RecordKeys } from '../../../../../lambdas/inventory/use-cases/ports.ts';
import { ReserveCache } from '../../../../../lambdas/inventory/use-cases/reservations/reserve-cache.ts';
import { err } from '../../../../../lambdas/shared/core/result.ts';
import {
  aCell,
  aStockItem,
  context,
  NOON,
  reserveCommand,
  teaShard,
} from '../../../../support/inventory.ts';
import { MemoryStockStore } from '../../../../support/memory-stock-store.ts';

export const reserveOneLine = (
  quantity: number,
  overrides: Parameters<typeof reserveCommand>[0] = {},
) => reserveCommand({ lines: [{ sku: 'tea', quantity }], ...overrides });
export const insufficientStock = (requested: number, available: number) =>
  err({
    kind: 'insufficientStock',
    shortages: [{ sku: 'tea', requested, available, at: [{ locationId: 'main', available }] }],
  });

/**
 * The book in memory. It records reads and writes, and a step may run before each read.
 * `applyResults` replace the results of the next writes.
 */
export class ShardedStore extends MemoryStockStore {
  readonly reads: RecordKeys[] = [];
  readonly applied: Change[] = [];
  beforeReads: (() => unknown)[] = [];
  applyResults: (ApplyResult | undefined)[] = [];

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
    return this.applyResults.shift() ?? super.apply(change, contendedSkus);
  }

  /** Moves units between two cells, as rebalancing does. */
  move(from: number, to: number, quantity: number): void {
    const sku = this.skus.get('tea');
    const cell = this.cells.get(cellIdOf(teaShard(from)));
    if (sku === undefined || cell === undefined)
      throw new Error('the SKU or the cell does not exist');
    const change = planTransfer(
      sku,
      { to: teaShard(to), creates: false },
      [{ cell, quantity }],
      context(),
    );
    if (change === undefined) throw new Error('the cell has too few units to move');
    void super.apply(change);
  }

  get units(): number[] {
    return [...this.cells.values()].map(({ available }) => available);
  }
}

/** Returns a cache that knows the shard count of tea. */
export const cacheOf = (shardCount: number, random?: () => number) => {
  const cache = new ReserveCache(random);
  const stockItems = new Map([['tea', aStockItem({ shardCount })]]);
  cache.rememberSettings({ stockItems, locations: new Map() }, NOON);
  return cache;
};
