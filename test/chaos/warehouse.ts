import { HOARDED_SKU } from '../simulator/customer-limits.ts';
import { requestWithRetry } from '../simulator/functions/retrying-client.ts';
import type { ApiRequest } from '../simulator/functions/simulated-api.ts';
import type { SeededRandom } from '../simulator/random.ts';
import { type Shop, SKUS } from './customers.ts';
import {
  addExpected,
  createLocations,
  type ExpectedStock,
  LOCATIONS,
  toggleDepot,
} from './locations.ts';

const STAFF = { user: 'staff' };
const MINUTE = 60 * 1_000;
/** Initial shards per SKU. Other SKUs have one shard until the warehouse changes it. */
const SHARDS: Readonly<Record<string, number>> = { tea: 4, cup: 2 };
const SHARDS_MAX = 5;
const RESHARDING_RATE = 0.2;
const DEPOT_RATE = 0.1;
/** Share of receipts and adjustments at the location from which orders are shipped first. */
const MAIN_RATE = 0.6;
const HOARDED_UNITS = 500;

/** Greatest safety stock of the SKUs that have one; the warehouse changes it. */
const SAFETY_STOCK_MAX: Readonly<Record<string, number>> = { cup: 3, jar: 2 };

const settingsOf = (sku: string, shardCount: number, safetyStock = SAFETY_STOCK_MAX[sku]) => ({
  name: sku,
  lowStockThreshold: 5,
  shardCount,
  ...(safetyStock === undefined ? {} : { safetyStock }),
});

/**
 * Runs a warehouse: posts receipts and damages, adds each acknowledged one to the expected stock,
 * and sometimes changes the shards of a SKU or the settings of a location.
 */
export async function runWarehouse(
  { world }: Shop,
  expectedStock: ExpectedStock,
  steps: number,
  random: SeededRandom,
): Promise<void> {
  for (let step = 0; step < steps; step += 1) {
    await world.time.wait(random.next() * 2 * MINUTE);
    const sku = random.pick(SKUS);
    if (random.nextBoolean(RESHARDING_RATE))
      await requestWithRetry(world, `PUT /stock/${sku}`, {
        by: STAFF,
        body: settingsOf(
          sku,
          random.nextInteger(1, SHARDS_MAX),
          sku in SAFETY_STOCK_MAX ? random.nextInteger(0, SAFETY_STOCK_MAX[sku] ?? 0) : undefined,
        ),
      });
    if (random.nextBoolean(DEPOT_RATE)) await toggleDepot(world, random);
    const locationId = random.nextBoolean(MAIN_RATE) ? 'main' : random.pick(LOCATIONS);
    const isReceipt = random.nextBoolean(0.6);
    const delta = isReceipt ? random.nextInteger(1, 6) : -1;
    const body = isReceipt
      ? { quantity: delta, locationId }
      : { delta, reason: 'damaged', locationId };
    const route = `POST /stock/${sku}/${isReceipt ? 'receipts' : 'adjustments'}`;
    const request: ApiRequest = { by: STAFF, key: `store-${step}`, body };
    const { status } = await requestWithRetry(world, route, request);
    if (status < 300) addExpected(expectedStock, { sku, locationId }, delta);
  }
}

/** Creates the products and SKUs with their initial stock. */
export async function setUpShop(
  { world }: Shop,
  expectedStock: ExpectedStock,
  units: number,
): Promise<void> {
  await createLocations(world);
  const product = { name: HOARDED_SKU, unitPrice: { amount: 500, currency: 'EUR' } };
  await requestWithRetry(world, `PUT /products/${HOARDED_SKU}`, { by: STAFF, body: product });
  await requestWithRetry(world, `PUT /stock/${HOARDED_SKU}`, {
    by: STAFF,
    body: settingsOf(HOARDED_SKU, 1),
  });
  await requestWithRetry(world, `POST /stock/${HOARDED_SKU}/receipts`, {
    by: STAFF,
    key: `first-${HOARDED_SKU}`,
    body: { quantity: HOARDED_UNITS },
  });
  for (const sku of SKUS) {
    const unitPrice = { amount: 500, currency: 'EUR' };
    await requestWithRetry(world, `PUT /products/${sku}`, {
      by: STAFF,
      body: { name: sku, unitPrice },
    });
    await requestWithRetry(world, `PUT /stock/${sku}`, {
      by: STAFF,
      body: settingsOf(sku, SHARDS[sku] ?? 1),
    });
    await requestWithRetry(world, `POST /stock/${sku}/receipts`, {
      by: STAFF,
      key: `first-${sku}`,
      body: { quantity: units },
    });
    addExpected(expectedStock, { sku, locationId: 'main' }, units);
  }
}
