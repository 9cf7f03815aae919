import type { DemoClient } from '../../local/demo/demo-client.ts';
import type { OrderCostEnvironment } from '../order-cost/environment.ts';

/** SKUs of a page: as many as one request of the storefront may name. */
export const SHOP_SKUS = Array.from(
  { length: 50 },
  (_, index) => `page-${String(index).padStart(2, '0')}`,
);
const STOCK_UNITS = 100;

/** Returns the URL of the levels of the page's SKUs. */
export const levelsUrlOf = (api: string): string =>
  `${api}/shop/availability?skus=${SHOP_SKUS.join(',')}`;

/** Stocks the SKUs of the page, and has their levels raised. Throws if one of them is not `in`. */
export async function stockShopPage(
  { runtime, lookAtLevels }: OrderCostEnvironment,
  staff: DemoClient,
): Promise<void> {
  for (const sku of SHOP_SKUS) {
    await staff.putStock(sku, sku);
    await staff.receive(sku, { quantity: STOCK_UNITS });
  }
  await lookAtLevels();
  const response = await fetch(levelsUrlOf(runtime.api));
  const { items } = (await response.json()) as {
    readonly items: readonly { readonly level: string }[];
  };
  if (!items.every(({ level }) => level === 'in'))
    throw new Error(`The levels of the page are ${items.map(({ level }) => level).join()}.`);
}
