import type { AvailabilityItem } from '../../../contracts/api/availability.ts';
import type { Instant } from '../../../shared/core/instant.ts';
import { findLocation, type Location, sellsByDefault } from '../locations/location.ts';
import { reportAt, type StockOfSku } from './stock-of-sku.ts';

/**
 * Returns the units of a SKU that a new hold may take, by location. The sum is over the locations
 * from which the SKU is sourced: the active ones that ship, or the active ones of `locationIds`.
 * Only the locations of `locationIds` are listed when it is given.
 */
export function availabilityOf(
  stock: StockOfSku,
  stored: ReadonlyMap<string, Location>,
  now: Instant,
  locationIds?: ReadonlySet<string>,
): AvailabilityItem {
  const listed = reportAt(stock, now)
    .locations.filter(({ locationId }) => locationIds?.has(locationId) ?? true)
    .map(({ locationId, sellable, onHand }) => {
      const location = findLocation(stored, locationId);
      const isActive = location?.active ?? false;
      const isSource = locationIds === undefined ? sellsByDefault(location) : isActive;
      return { isSource, units: { locationId, sellable: isActive ? sellable : 0, onHand } };
    });
  return {
    sku: stock.sku,
    sellable: sumOf(listed, ({ isSource, units }) => (isSource ? units.sellable : 0)),
    onHand: sumOf(listed, ({ units }) => units.onHand),
    locations: listed.map(({ units }) => units),
  };
}

const sumOf = <Value>(values: readonly Value[], unitsOf: (value: Value) => number): number =>
  values.reduce((sum, value) => sum + unitsOf(value), 0);
