import type { CommandContext } from '../../domain/ledger/decision.ts';
import type { Demand } from '../../domain/ledger/reservation.ts';
import { decideConsolidation } from '../../domain/sharding/consolidation.ts';
import { executeCommand } from '../execute-command.ts';
import { loadStockItems, NO_LOCATIONS } from '../load-state.ts';
import type { StockStore } from '../ports.ts';

/** Requests the consolidation of a SKU's units. The consumer of the resulting event moves them. */
export async function requestConsolidation(
  store: StockStore,
  { sku, ...demand }: Demand,
  { now, by, correlationId }: CommandContext,
): Promise<void> {
  const context = { now, by, correlationId };
  await executeCommand(store, {
    context,
    read: async () => ({
      cells: new Map(),
      stockItems: await loadStockItems(store, [sku]),
      locations: NO_LOCATIONS,
      isComplete: false,
    }),
    decide: ({ stockItems }) => decideConsolidation(stockItems.get(sku), { ...demand, ...context }),
  });
}
