import type { Decision, ReservationState } from '../../lambdas/inventory/domain/ledger/decision.ts';
import type { Location } from '../../lambdas/inventory/domain/locations/location.ts';
import {
  mergeSources,
  type ReserveLine,
  resolveSources,
  type SourcedDemand,
} from '../../lambdas/inventory/domain/reservations/candidates.ts';
import {
  decideReserve as decide,
  type ReserveError,
  type ReserveResult,
  type ReserveState,
  type ReserveStock,
} from '../../lambdas/inventory/domain/reservations/reserve.ts';
import { aLocation, aStockItem, unwrap } from './inventory.ts';

/** Decides with the plan that the records of the state lead to. */
export const decideReserve = (
  state: ReservationState,
  command: ReserveStock,
): Decision<ReserveResult, ReserveError> => decide(reserveStateOf(state, command.lines), command);

/**
 * Returns the state with the plan of the lines. A SKU without a record has the locations of its
 * cells. A location without a record has the default settings.
 */
export function reserveStateOf(
  state: ReservationState,
  lines: readonly ReserveLine[],
): ReserveState {
  const stockItems = new Map(state.stockItems);
  const locations = new Map<string, Location>(state.locations);
  for (const { sku, locationId } of state.cells.values()) {
    const known = stockItems.get(sku);
    if (!state.stockItems.has(sku))
      stockItems.set(
        sku,
        aStockItem({ sku, locations: [...new Set([...(known?.locations ?? []), locationId])] }),
      );
    if (!locations.has(locationId)) locations.set(locationId, aLocation({ locationId }));
  }
  const plan = resolveSources(unwrap(mergeSources(lines)), { stockItems, locations });
  return { ...state, stockItems, locations, plan };
}

/** Returns a demand for a SKU at these locations, in this order. */
export const aDemand = (
  quantity: number,
  sku = 'tea',
  candidates: readonly string[] = ['main'],
  split = true,
): SourcedDemand => ({ sku, quantity, candidates, split });
