import type { PutLocationRequest } from '../../../contracts/api/locations.ts';
import { MAIN_LOCATION } from '../ledger/cell.ts';

export type LocationSettings = Readonly<PutLocationRequest>;

/** Record of a place that has stock. It is never deleted: an old location becomes inactive. */
export type Location = LocationSettings & {
  readonly locationId: string;
  /** Increases by one with each change. */
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly correlationId: string;
};

export const LOCATION_DEFAULTS = {
  kind: 'warehouse',
  active: true,
  ships: true,
  pickup: false,
  priority: 100,
} as const satisfies Partial<LocationSettings>;

/** The location `main` until its settings are first stored: it exists without a record. */
export const MAIN_DEFAULT: Location = {
  locationId: MAIN_LOCATION,
  name: MAIN_LOCATION,
  ...LOCATION_DEFAULTS,
  version: 0,
  createdAt: '1970-01-01T00:00:00.000Z',
  updatedAt: '1970-01-01T00:00:00.000Z',
  correlationId: '',
};

/** Returns the stored location, or the default of `main`. */
export const storedOrMain = (
  locationId: string,
  stored: Location | undefined,
): Location | undefined => stored ?? (locationId === MAIN_LOCATION ? MAIN_DEFAULT : undefined);

/** Returns the location of an id among the stored ones. */
export const findLocation = (
  stored: ReadonlyMap<string, Location>,
  locationId: string,
): Location | undefined => storedOrMain(locationId, stored.get(locationId));

/** Returns whether requests that name no location take units from this one. */
export const sellsByDefault = (location: Location | undefined): boolean =>
  location?.active === true && location.ships;

/**
 * Orders locations for sourcing: by priority, then `main`, then by id. A new location has the
 * default priority, which is that of `main`, and must not be preferred because of its id.
 */
export const compareLocations = (a: Location, b: Location): number =>
  a.priority - b.priority ||
  Number(b.locationId === MAIN_LOCATION) - Number(a.locationId === MAIN_LOCATION) ||
  (a.locationId < b.locationId ? -1 : a.locationId > b.locationId ? 1 : 0);
