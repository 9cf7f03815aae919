import { err, ok, type Result } from '../../../shared/core/result.ts';
import { MAIN_LOCATION } from '../ledger/cell.ts';
import type { CommandContext, OperationState } from '../ledger/decision.ts';
import { findLocation, type Location } from '../locations/location.ts';
import { createLocation } from '../locations/put-location.ts';

type StockEntry = CommandContext & {
  readonly sku: string;
  readonly locationId?: string | undefined;
  readonly createLocation?: boolean | undefined;
};

/** No locations have these ids, and the SKU has no stock there yet. */
export type UnknownLocationError = {
  readonly kind: 'unknownLocation';
  readonly locationIds: readonly string[];
};

/**
 * Returns the location record that a stock entry creates, or undefined where it needs none. A
 * mistyped location id would otherwise become a place from which nothing is sold.
 */
export function decideEntryLocation(
  { locations, stockItems }: OperationState,
  entry: StockEntry,
): Result<Location | undefined, UnknownLocationError> {
  const { sku, locationId = MAIN_LOCATION } = entry;
  if (findLocation(locations, locationId) !== undefined) return ok(undefined);
  if (entry.createLocation === true) return ok(createLocation(locationId, entry));
  if (stockItems.get(sku)?.locations.includes(locationId)) return ok(undefined);
  return err({ kind: 'unknownLocation', locationIds: [locationId] });
}
