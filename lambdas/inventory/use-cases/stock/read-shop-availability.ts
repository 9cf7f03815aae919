import type { ShopAvailabilityView } from '../../../contracts/api/storefront.ts';
import { type Instant, toIso } from '../../../shared/core/instant.ts';
import { shopItemsOf } from '../../domain/stock/shop-availability.ts';
import type { StockLevelStore } from '../ports.ts';

/** Reads the recorded levels of SKUs: one request to DynamoDB for up to 100 of them. */
export async function readShopAvailability(
  store: Pick<StockLevelStore, 'readForDisplay'>,
  skus: readonly string[],
  now: Instant,
): Promise<ShopAvailabilityView> {
  const unique = [...new Set(skus)];
  return { asOf: toIso(now), items: shopItemsOf(unique, await store.readForDisplay(unique)) };
}
