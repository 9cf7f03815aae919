import { MAIN_LOCATION } from '../ledger/cell.ts';
import type { StockItem } from '../ledger/stock-item.ts';

/** Location that a SKU names and that has no record, so that nothing is sold from it. */
export type MissingLocation = { readonly locationId: string; readonly sku: string };

/**
 * Returns each location without a record once, with the first of the SKUs that name it. `main`
 * needs no record.
 */
export function missingLocationsOf(
  stockItems: readonly Pick<StockItem, 'sku' | 'locations'>[],
  recordedLocationIds: ReadonlySet<string>,
): MissingLocation[] {
  const missing = new Map<string, MissingLocation>();
  for (const { sku, locations } of stockItems)
    for (const locationId of locations)
      if (
        locationId !== MAIN_LOCATION &&
        !recordedLocationIds.has(locationId) &&
        !missing.has(locationId)
      )
        missing.set(locationId, { locationId, sku });
  return [...missing.values()];
}
