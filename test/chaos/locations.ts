import { requestWithRetry } from '../simulator/functions/retrying-client.ts';
import type { SeededRandom } from '../simulator/random.ts';
import type { World } from '../simulator/world.ts';

const STAFF = { user: 'staff' };
const MINUTE = 60 * 1_000;

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

/** Time within which the record of the depot is lost. */
const LOSS_MINUTES_MAX = 60;

/** Deletes the record of the depot, as no request does. The warehouse may store it again. */
export async function loseDepot(world: World, random: SeededRandom): Promise<void> {
  await world.time.wait(random.next() * LOSS_MINUTES_MAX * MINUTE);
  const book = [...world.dynamodb.tables.values()].find(({ name }) => name.includes('-Book'));
  const record = [...(book?.items() ?? [])].find(
    ({ type, locationId }) => type?.S === 'location' && locationId?.S === 'depot',
  );
  if (book === undefined || record === undefined) throw new Error('there is no depot');
  book.write(record, undefined);
}

type OpenFinding = { readonly kind: string; readonly subject: string };

/** Stores the settings of each location again that a run has found missing. */
export async function restoreLocations(world: World, open: readonly OpenFinding[]): Promise<void> {
  for (const { kind, subject } of open) {
    if (kind !== 'LOCATION_MISSING') continue;
    const locationId = subject.replace('location:', '');
    const body = Object.entries(SETTINGS).find(([id]) => id === locationId)?.[1];
    if (body === undefined) throw new Error(`${subject} is no location of the shop`);
    await requestWithRetry(world, `PUT /locations/${locationId}`, { by: STAFF, body });
  }
}

/** Returns a violation for each location that a SKU names and that has no record. */
export function checkLocationRecords(world: World): string[] {
  const items = world.tableItems('Book');
  const recorded = new Set(
    items.filter(({ type }) => type === 'location').map(({ locationId }) => locationId),
  );
  return items
    .filter(({ type }) => type === 'stockItem')
    .flatMap(({ sku, locations }) =>
      (locations as readonly string[])
        .filter((id) => id !== 'main' && !recorded.has(id))
        .map((id) => `location ${id} of ${sku} has no record, and no run found that`),
    );
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
