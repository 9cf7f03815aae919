import type { ShopAvailabilityItem } from '../../../contracts/api/storefront.ts';
import type { StockLevel } from './stock-level.ts';

/**
 * Returns the items of SKUs for a shop's page, sorted by SKU, each SKU once. The order and the
 * fields depend on the records only, so equal records give equal items.
 */
export const shopItemsOf = (
  skus: readonly string[],
  levels: ReadonlyMap<string, StockLevel>,
): ShopAvailabilityItem[] =>
  [...new Set(skus)].sort().map((sku) => shopItemOf(sku, levels.get(sku)));

/**
 * Returns the item of a SKU. A SKU without a record never had units, or does not exist. A caller
 * without credentials does not learn which of both.
 */
function shopItemOf(sku: string, recorded: StockLevel | undefined): ShopAvailabilityItem {
  if (recorded === undefined) return { sku, level: 'out' };
  const { level, left } = recorded.total;
  const pickup = Object.entries(recorded.locations)
    .filter(([, location]) => location.pickup === true && location.level !== 'out')
    .map(([locationId]) => locationId)
    .sort();
  return {
    sku,
    level,
    ...(left === undefined ? {} : { left }),
    ...(pickup.length === 0 ? {} : { pickup }),
  };
}
