import { mainCellKey } from '../../../../../lambdas/inventory/domain/ledger/cell.ts';
import type { Change } from '../../../../../lambdas/inventory/domain/ledger/change.ts';
import type { ApplyResult, RecordKeys } from '../../../../../lambdas/inventory/use-cases/ports.ts';
import { aCell, aStockItem, context } from '../../../../support/inventory.ts';
import { MemoryStockStore } from '../../../../support/memory-stock-store.ts';

export type Interference = (
  change: Change,
) => Promise<ApplyResult | undefined> | ApplyResult | undefined;

/**
 * The book in memory. It records reads, writes and pauses. An interference runs before each write
 * and may replace its result.
 */
export class InterferedStore extends MemoryStockStore {
  readonly reads: RecordKeys[] = [];
  readonly applied: Change[] = [];
  readonly pauses: number[] = [];
  readonly #interference: Interference[];
  readonly #beforeReads: (() => unknown)[];

  constructor(
    interference: readonly Interference[] = [],
    beforeReads: readonly (() => unknown)[] = [],
  ) {
    super();
    this.#interference = [...interference];
    this.#beforeReads = [...beforeReads];
  }

  /** Adds `available` units of tea. */
  stocked(available: number): this {
    this.cells.set('tea#main#0', aCell({ available }));
    this.skus.set('tea', aStockItem());
    return this;
  }

  override async read(keys: RecordKeys) {
    await this.#beforeReads.shift()?.();
    this.reads.push(keys);
    return super.read(keys);
  }

  override async apply(change: Change): Promise<ApplyResult> {
    this.applied.push(change);
    return (await this.#interference.shift()?.(change)) ?? super.apply(change);
  }

  override async backoff(attempt?: number): Promise<void> {
    this.pauses.push(attempt ?? 0);
  }

  get tea() {
    return this.cells.get('tea#main#0');
  }
}

export const readsOfTea = (store: InterferedStore) => ({
  context: context(),
  read: async () => ({
    ...(await store.read({ cells: [mainCellKey('tea')] })),
    isComplete: true,
  }),
});

export const times = (count: number, interference: Interference) =>
  Array<Interference>(count).fill(interference);
