import type { Change } from '../../../lambdas/inventory/domain/ledger/change.ts';
import type { MemoryStockStore } from '../../support/memory-stock-store.ts';

/** Safeguards that a change or a rejection can be made without, to show that they are needed. */
export type Safeguard =
  | 'expiredThroughBelow'
  | 'version'
  | 'availableMin'
  | 'floor'
  | 'stockItem'
  | 'confirmation'
  | 'bothHalves';

/**
 * Returns the change without a safeguard. `confirmation` is a read, so it is left out by the
 * caller.
 */
export function withoutSafeguard(
  change: Change,
  safeguard: Safeguard | undefined,
  store: MemoryStockStore,
): Change {
  const { stockItem } = change;
  switch (safeguard) {
    case undefined:
    case 'confirmation':
      return change;
    case 'stockItem': {
      if (stockItem === undefined) return change;
      const expectedVersion = store.skus.get(stockItem.after.sku)?.version;
      return { ...change, stockItem: { ...stockItem, expectedVersion } };
    }
    case 'bothHalves':
      return change.operationId.startsWith('transfer#')
        ? { ...change, cells: change.cells.slice(0, -1) }
        : change;
    default: {
      const cells = change.cells.map((cell) => {
        const { [safeguard]: _dropped, ...guard } = cell.guard;
        return { ...cell, guard };
      });
      return { ...change, cells };
    }
  }
}
