import { err, ok, type Result } from '../../../shared/core/result.ts';
import { MAIN_LOCATION } from '../ledger/cell.ts';
import type { StockItem } from '../ledger/stock-item.ts';
import { compareLocations, findLocation, type Location } from '../locations/location.ts';

/**
 * Source of a line: the given locations in the order of preference, or the default ones. With
 * `split` false all units come from one location.
 */
export type Source = {
  readonly anyOf?: readonly string[] | undefined;
  readonly split: boolean;
};
/** A line of a request. `from` with one id is that location only. */
export type ReserveLine = {
  readonly sku: string;
  readonly quantity: number;
  readonly from?: string | Source | undefined;
};
/** All units that a request wants of a SKU, and their source. */
export type SourcedLine = {
  readonly sku: string;
  readonly quantity: number;
  readonly from: Source;
  /** True where the customer collects the units. */
  readonly isPickup: boolean;
};

export type ConflictingSources = {
  readonly kind: 'conflictingSources';
  readonly skus: readonly string[];
};
export type UnknownLocation = {
  readonly kind: 'unknownLocation';
  readonly locationIds: readonly string[];
};
export type NotAPickupLocation = {
  readonly kind: 'notAPickupLocation';
  readonly locationIds: readonly string[];
};
export type SourceError = UnknownLocation | NotAPickupLocation;

/** A line with the locations that may serve it, in the order of preference. */
export type SourcedDemand = {
  readonly sku: string;
  readonly quantity: number;
  readonly candidates: readonly string[];
  readonly split: boolean;
};
export type SourcingPlan = {
  readonly demands: readonly SourcedDemand[];
  /** All candidates, in the order of preference. */
  readonly order: readonly string[];
};

/** Returns each SKU once. Two sources of one SKU are an error: its lines would compete. */
export function mergeSources(
  lines: readonly ReserveLine[],
  { isPickup = false }: { readonly isPickup?: boolean } = {},
): Result<readonly SourcedLine[], ConflictingSources> {
  const merged = new Map<string, SourcedLine>();
  const conflicting = new Set<string>();
  for (const { sku, quantity, from } of lines) {
    const source = toSource(from);
    const known = merged.get(sku);
    if (known !== undefined && !isSameSource(known.from, source)) conflicting.add(sku);
    merged.set(sku, { sku, quantity: quantity + (known?.quantity ?? 0), from: source, isPickup });
  }
  return conflicting.size === 0
    ? ok([...merged.values()])
    : err({ kind: 'conflictingSources', skus: [...conflicting] });
}

function toSource(from: ReserveLine['from']): Source {
  if (from === undefined) return { split: true };
  return typeof from === 'string' ? { anyOf: [from], split: true } : from;
}

const isSameSource = (a: Source, b: Source): boolean =>
  a.split === b.split && a.anyOf?.join(' ') === b.anyOf?.join(' ');

/** Settings that decide which locations may serve a line. */
export type SourceSettings = {
  readonly stockItems: ReadonlyMap<string, Pick<StockItem, 'locations'>>;
  /** Records of locations, by id. */
  readonly locations: ReadonlyMap<string, Location>;
};

/**
 * Returns the ids of the location records that the sources need. A SKU that is at `main` only needs
 * none: `main` is always active and ships. Whether customers collect orders there is in its record.
 */
export function locationsToRead(
  lines: readonly SourcedLine[],
  stockItems: SourceSettings['stockItems'],
): string[] {
  const ids = lines.flatMap(({ sku, from: { anyOf }, isPickup }) => {
    if (anyOf !== undefined) return anyOf.filter((id) => isPickup || id !== MAIN_LOCATION);
    const { locations = [] } = stockItems.get(sku) ?? {};
    return isPickup || locations.length > 1 ? locations : [];
  });
  return [...new Set(ids)];
}

/**
 * Returns the candidates of each line. By default these are the active locations of the SKU that
 * ship, in the order of `compareLocations`; of a SKU without a record, `main`. Named ones need not
 * ship, but must be active. Places on the way are in no list of locations.
 */
export function resolveSources(
  lines: readonly SourcedLine[],
  settings: SourceSettings,
): Result<SourcingPlan, SourceError> {
  const named = lines.flatMap(({ from: { anyOf = [] } }) => anyOf);
  const unknown = named.filter((id) => findLocation(settings.locations, id) === undefined);
  if (unknown.length > 0)
    return err({ kind: 'unknownLocation', locationIds: [...new Set(unknown)] });
  const noPickup = lines
    .flatMap(({ from: { anyOf = [] }, isPickup }) => (isPickup ? anyOf : []))
    .filter((id) => !findLocation(settings.locations, id)?.pickup);
  if (noPickup.length > 0)
    return err({ kind: 'notAPickupLocation', locationIds: [...new Set(noPickup)] });
  const demands = lines.map(({ sku, quantity, from: { anyOf, split }, isPickup }) => ({
    sku,
    quantity,
    candidates:
      anyOf === undefined
        ? defaultCandidates(sku, isPickup, settings)
        : activeAmong(anyOf, settings),
    split,
  }));
  const defaults = demands.flatMap(({ candidates }, index) =>
    lines[index]?.from.anyOf === undefined ? candidates : [],
  );
  return ok({ demands, order: [...new Set([...named, ...inOrder(defaults, settings)])] });
}

const defaultCandidates = (sku: string, isPickup: boolean, settings: SourceSettings): string[] =>
  inOrder(
    settings.stockItems.get(sku)?.locations ?? [MAIN_LOCATION],
    settings,
    ({ active, ships, pickup }) => active && (isPickup ? pickup : ships),
  );

const activeAmong = (ids: readonly string[], { locations }: SourceSettings): string[] => [
  ...new Set(ids.filter((id) => findLocation(locations, id)?.active)),
];

const inOrder = (
  ids: readonly string[],
  { locations }: SourceSettings,
  isIncluded: (location: Location) => boolean = () => true,
): string[] =>
  [...new Set(ids)]
    .flatMap((id) => findLocation(locations, id) ?? [])
    .filter(isIncluded)
    .sort(compareLocations)
    .map(({ locationId }) => locationId);
