import type { Cell } from '../../../../lambdas/inventory/domain/ledger/cell.ts';
import type { BookState } from '../../../../lambdas/inventory/domain/ledger/decision.ts';
import type { StockItem } from '../../../../lambdas/inventory/domain/ledger/stock-item.ts';
import type { StockLevel } from '../../../../lambdas/inventory/domain/stock/stock-level.ts';
import type { BookRecords, RecordKeys } from '../../../../lambdas/inventory/use-cases/ports.ts';
import { UnreadableRecordError } from '../../../../lambdas/shared/core/unreadable-record.ts';
import { aCell, aStockLevel, stateWith } from '../../../support/inventory.ts';
import { MemoryLevelSweepStore } from '../../../support/memory-level-stores.ts';

export const DAMAGED = new UnreadableRecordError({
  table: 'inventory',
  key: 'SKU#damaged SKU',
  problem: 'name: is missing',
});

/**
 * Returns `states` one after the other, then the last one again. Each write returns the next of
 * `outcomes`, else true. `recorded` are the SKUs whose record was read, and `loaded` those whose
 * cells were read after it. Every SKU is recorded as `in` until its levels are written.
 */
export class ScriptedStore {
  readonly recorded: string[] = [];
  readonly loaded: string[] = [];
  readonly proposals: StockItem[] = [];
  readonly written: StockLevel[] = [];
  readonly #states: BookState[];
  readonly #outcomes: boolean[];
  readonly #levels = new Map<string, StockLevel>();

  constructor(states: readonly BookState[], outcomes: readonly boolean[] = []) {
    this.#states = [...states];
    this.#outcomes = [...outcomes];
  }

  async read({ stockItems: [sku] = [], cells }: RecordKeys): Promise<BookRecords> {
    const [state = stateWith([])] = this.#states;
    const none = { reservations: new Map(), operations: new Map(), locations: new Map() };
    if (sku === undefined) {
      if (cells !== undefined && this.#states.length > 1) this.#states.shift();
      if (cells !== undefined) this.loaded.push(...state.stockItems.keys());
      return { ...none, stockItems: new Map(), cells: state.cells };
    }
    if (sku === 'broken') throw new Error('the table is away');
    if (sku === 'damaged') throw DAMAGED;
    this.recorded.push(sku);
    const item = [...state.stockItems.values()][0];
    return { ...none, stockItems: new Map(item && [[sku, item]]), cells: new Map() };
  }

  readonly items = {
    replace: async (after: StockItem): Promise<boolean> => {
      this.proposals.push(after);
      return this.#outcomes.shift() ?? true;
    },
  };

  readonly levels = {
    read: async ([sku = '']: readonly string[]) =>
      new Map([[sku, this.#levels.get(sku) ?? aStockLevel({ sku })]]),
    replace: async (after: StockLevel): Promise<boolean> => {
      this.written.push(after);
      const isWritten = this.#outcomes.shift() ?? true;
      if (isWritten) this.#levels.set(after.sku, after);
      return isWritten;
    },
  };
}

/** Returns the ports of a watcher whose rebalance fails. */
export const watchPorts = (store: ScriptedStore) => ({
  book: store,
  items: store.items,
  levels: store.levels,
  showBelow: 0,
  sweeps: new MemoryLevelSweepStore(),
  policy: { shardsMax: 50, isAutomatic: false },
  rebalance: () => Promise.reject(new Error('unexpected rebalance')),
});
export const balanceChange = (before: Cell | undefined, after: Cell) =>
  ({ kind: 'balance', before, after }) as const;
export const changeOfSku = (sku: string) =>
  balanceChange(aCell({ sku, available: 9 }), aCell({ sku, available: 8 }));
