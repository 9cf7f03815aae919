import type { Page, PageRequest } from '../../../shared/core/page.ts';
import { err, ok, type Result } from '../../../shared/core/result.ts';
import { retryOptimistic } from '../../../shared/core/retry-optimistic.ts';
import { type Location, storedOrMain } from '../../domain/locations/location.ts';
import {
  decidePutLocation,
  type LocationInUseError,
  type PutLocation,
  type PutLocationResult,
} from '../../domain/locations/put-location.ts';
import type { LocationStore } from '../ports.ts';

const ATTEMPTS_MAX = 8;

/** Replaces the settings of a location. Of two requests at once, the later one replaces all. */
export const putLocation = (
  store: LocationStore,
  command: PutLocation,
): Promise<Result<PutLocationResult, LocationInUseError>> =>
  retryOptimistic({ attempts: ATTEMPTS_MAX, what: `location ${command.locationId}` }, async () => {
    const stored = await store.find(command.locationId);
    const decided = decidePutLocation(storedOrMain(command.locationId, stored), command);
    if (!decided.ok) return decided;
    return (await store.replace(decided.value.location)) ? decided : undefined;
  });

export async function getLocation(
  store: LocationStore,
  locationId: string,
): Promise<Result<Location, { readonly kind: 'notFound' }>> {
  const location = storedOrMain(locationId, await store.find(locationId));
  return location === undefined ? err({ kind: 'notFound' }) : ok(location);
}

export const listLocations = async (
  store: LocationStore,
  page: PageRequest,
): Promise<Result<Page<Location>, never>> => ok(await store.list(page));
