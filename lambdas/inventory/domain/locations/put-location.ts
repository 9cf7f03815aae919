import { type Instant, toIso } from '../../../shared/core/instant.ts';
import { err, ok, type Result } from '../../../shared/core/result.ts';
import { MAIN_LOCATION } from '../ledger/cell.ts';
import { LOCATION_DEFAULTS, type Location, type LocationSettings } from './location.ts';

type Request = { readonly now: Instant; readonly correlationId: string };
export type PutLocation = Request & LocationSettings & { readonly locationId: string };

export type PutLocationResult = { readonly location: Location; readonly isNew: boolean };

/** Every SKU has the location `main`, and its stock is sold by default. */
export type LocationInUseError = { readonly kind: 'locationInUse' };

/**
 * Replaces all settings of a location, or creates it. Rejects settings that would take the location
 * `main` out of sale.
 */
export function decidePutLocation(
  before: Location | undefined,
  { now, correlationId, locationId, ...settings }: PutLocation,
): Result<PutLocationResult, LocationInUseError> {
  if (locationId === MAIN_LOCATION && !(settings.active && settings.ships))
    return err({ kind: 'locationInUse' });
  const isStored = before !== undefined && before.version > 0;
  const location: Location = {
    locationId,
    ...settings,
    version: (before?.version ?? 0) + 1,
    createdAt: isStored ? before.createdAt : toIso(now),
    updatedAt: toIso(now),
    correlationId,
  };
  return ok({ location, isNew: before === undefined });
}

/** Returns a location with default settings, whose name is its id. */
export const createLocation = (locationId: string, { now, correlationId }: Request): Location => ({
  locationId,
  name: locationId,
  ...LOCATION_DEFAULTS,
  version: 1,
  createdAt: toIso(now),
  updatedAt: toIso(now),
  correlationId,
});
