import { MAIN_LOCATION } from '../ledger/cell.ts';

export type LocationKind = 'warehouse' | 'store' | 'dropship';

/** Settings of a location. */
export type LocationSettings = {
  readonly name: string;
  readonly kind: LocationKind;
  /** False for a location from which nothing is sold. It still takes receipts and counts. */
  readonly active: boolean;
  /** True where orders may ship from the location. */
  readonly ships: boolean;
  /** True where customers may collect orders at the location. */
  readonly pickup: boolean;
  /** Sourcing prefers the location with the lower number. */
  readonly priority: number;
  readonly address?: LocationAddress;
  /** Name of a time zone in the IANA database. */
  readonly timeZone?: string;
  /** Ids of the location in other systems, by the name of the system. */
  readonly externalIds?: Readonly<Record<string, string>>;
};
export type LocationAddress = {
  readonly country: string;
  readonly postalCode?: string;
  readonly city?: string;
  readonly lines?: readonly string[];
};

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

/** Orders locations by priority and then by id, for sourcing. */
export const compareLocations = (a: Location, b: Location): number =>
  a.priority - b.priority ||
  (a.locationId < b.locationId ? -1 : a.locationId > b.locationId ? 1 : 0);
