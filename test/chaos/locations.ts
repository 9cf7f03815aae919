import { requestWithRetry } from '../simulator/functions/retrying-client.ts';
import type { SeededRandom } from '../simulator/random.ts';
import type { World } from '../simulator/world.ts';

const STAFF = { user: 'staff' };

/** Settings of the shop's locations besides `main`. The warehouse opens and closes `depot`. */
const SETTINGS = {
  east: { name: 'East', kind: 'warehouse', priority: 50 },
  shop: { name: 'Shop', kind: 'store', ships: false, pickup: true },
  depot: { name: 'Depot', kind: 'warehouse', active: false },
} as const;
export const LOCATIONS = ['main', 'east', 'shop', 'depot'] as const;

/** Locations from which each order may take units as long as it runs. */
export const ORDER_LOCATIONS: readonly string[] = ['main', 'east'];

export const PICKUP_LOCATION = 'shop';

/** Creates the locations. */
export async function createLocations(world: World): Promise<void> {
  for (const [locationId, body] of Object.entries(SETTINGS))
    await requestWithRetry(world, `PUT /locations/${locationId}`, { by: STAFF, body });
}

/** Opens or closes the depot. */
export async function toggleDepot(world: World, random: SeededRandom): Promise<void> {
  const body = { ...SETTINGS.depot, active: random.nextBoolean(0.5) };
  await requestWithRetry(world, 'PUT /locations/depot', { by: STAFF, body });
}

/** Sum of the acknowledged receipts and adjustments, by SKU and location. */
export type ExpectedStock = Map<string, number>;

export function addExpected(
  expectedStock: ExpectedStock,
  { sku, locationId }: { readonly sku: string; readonly locationId: string },
  units: number,
): void {
  const place = `${sku}#${locationId}`;
  expectedStock.set(place, (expectedStock.get(place) ?? 0) + units);
}
