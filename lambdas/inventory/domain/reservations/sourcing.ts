import type { LocatedShortage } from '../../../contracts/api/reservations.ts';
import type { Instant } from '../../../shared/core/instant.ts';
import { type Allocation, allocateUnits, sellableUnitsIn } from '../ledger/allocation.ts';
import type { Cell } from '../ledger/cell.ts';
import { takeableUnits } from '../ledger/cell-plan.ts';
import { CELLS_PER_CHANGE_MAX } from '../ledger/change.ts';
import type { Cells } from '../ledger/decision.ts';
import type { Demand } from '../ledger/reservation.ts';
import type { SourcedDemand, SourcingPlan } from './candidates.ts';

/** Result of the choice of locations and cells for all demands of a request. */
export type Sourcing =
  | { readonly kind: 'sourced'; readonly allocations: readonly Allocation[] }
  | { readonly kind: 'short'; readonly shortages: readonly LocatedShortage[] }
  /** The units exist, but in more cells than one change can write. */
  | {
      readonly kind: 'tooManyCells';
      readonly cellsNeeded: number;
      /** Demands to bring into one cell each, so that the request needs no more cells. */
      readonly toConsolidate: readonly Demand[];
    };

/**
 * Chooses the locations of a request: the first location that has every demand whole; else again
 * and again the location that has most of the remaining demands whole; the rest is split over the
 * locations that have most units. One demand has all units of its SKU, so demands do not compete,
 * and a choice that exists is found. Where the choice needs too many cells, the one with the fewest
 * cells is tried.
 */
export function sourceDemands(plan: SourcingPlan, cells: Cells, now: Instant): Sourcing {
  const stocks = stocksOf(plan, cells, now);
  const shortages = stocks.filter(isShort).map((stock) => toShortage(stock, now));
  if (shortages.length > 0) return { kind: 'short', shortages };
  const open = [...stocks];
  const preferred = [...wholeAllocations(open, plan.order, now), ...splitAllocations(open, now)];
  if (preferred.length <= CELLS_PER_CHANGE_MAX) return { kind: 'sourced', allocations: preferred };
  const allocations = stocks.flatMap((stock) => fewestCells(stock, now));
  return allocations.length <= CELLS_PER_CHANGE_MAX
    ? { kind: 'sourced', allocations }
    : tooManyCells(allocations);
}

/**
 * Chooses one cell for each demand from a sample of the cells. Returns undefined where the sample
 * does not serve each demand whole: then all cells must be read.
 */
export function sourceFromSample(
  { demands }: SourcingPlan,
  cells: Cells,
  now: Instant,
): readonly Allocation[] | undefined {
  const allocations = demands.map((demand) =>
    demand.candidates
      .map((locationId) => cellsAt(cells, demand.sku, locationId))
      .map((found) => allocateUnits(found, demand.quantity, now, { allowSplit: false }))
      .find((found) => found !== undefined),
  );
  return allocations.every((found) => found !== undefined) ? allocations.flat() : undefined;
}

/** Sellable units of a demand's SKU at one candidate location. */
type LocationStock = {
  readonly locationId: string;
  readonly cells: readonly Cell[];
  readonly units: number;
};
type DemandStock = { readonly demand: SourcedDemand; readonly at: readonly LocationStock[] };

function stocksOf({ demands }: SourcingPlan, cells: Cells, now: Instant): DemandStock[] {
  const byPlace = new Map<string, Cell[]>();
  for (const cell of cells.values()) {
    const key = placeKeyOf(cell.sku, cell.locationId);
    const known = byPlace.get(key) ?? [];
    byPlace.set(key, known);
    known.push(cell);
  }
  return demands.map((demand) => ({
    demand,
    at: demand.candidates.map((locationId) => {
      const found = byPlace.get(placeKeyOf(demand.sku, locationId)) ?? [];
      const units = found.reduce((sum, cell) => sum + takeableUnits(cell, now), 0);
      return { locationId, cells: found, units };
    }),
  }));
}

const placeKeyOf = (sku: string, locationId: string): string => `${sku}#${locationId}`;

const cellsAt = (cells: Cells, sku: string, locationId: string): Cell[] =>
  [...cells.values()].filter((cell) => cell.sku === sku && cell.locationId === locationId);

/** Returns the units that one request can hold: of all locations, or of the best one. */
export const holdableUnits = ({ split }: SourcedDemand, units: readonly number[]): number =>
  split ? units.reduce((sum, one) => sum + one, 0) : Math.max(0, ...units);

const isShort = ({ demand, at }: DemandStock): boolean =>
  holdableUnits(
    demand,
    at.map(({ units }) => units),
  ) < demand.quantity;

function toShortage({ demand, at }: DemandStock, now: Instant): LocatedShortage {
  const byLocation = at.map(({ locationId, cells }) => ({
    locationId,
    available: sellableUnitsIn(cells, now),
  }));
  return {
    sku: demand.sku,
    requested: demand.quantity,
    available: holdableUnits(
      demand,
      byLocation.map(({ available }) => available),
    ),
    at: byLocation,
  };
}

/**
 * Takes demands whole, each time from the location that has most of the remaining ones. Removes
 * them from `open`.
 */
function wholeAllocations(
  open: DemandStock[],
  order: readonly string[],
  now: Instant,
): Allocation[] {
  const allocations: Allocation[] = [];
  for (;;) {
    const [best] = order
      .map((locationId) => ({
        locationId,
        served: open.filter((stock) => hasWhole(stock, locationId)),
      }))
      .sort((a, b) => b.served.length - a.served.length);
    if (best === undefined || best.served.length === 0) return allocations;
    for (const stock of best.served) {
      open.splice(open.indexOf(stock), 1);
      allocations.push(...take(stock, best.locationId, stock.demand.quantity, now));
    }
  }
}

const stockAt = ({ at }: DemandStock, locationId: string): LocationStock | undefined =>
  at.find((one) => one.locationId === locationId);

const hasWhole = (stock: DemandStock, locationId: string): boolean =>
  (stockAt(stock, locationId)?.units ?? 0) >= stock.demand.quantity;

/** Takes each of the demands from several locations, those with most units first. */
const splitAllocations = (open: readonly DemandStock[], now: Instant): Allocation[] =>
  open.flatMap((stock) => {
    let remaining = stock.demand.quantity;
    return stock.at
      .toSorted((a, b) => b.units - a.units)
      .flatMap(({ locationId, units }) => {
        const quantity = Math.min(units, remaining);
        remaining -= quantity;
        return quantity > 0 ? take(stock, locationId, quantity, now) : [];
      });
  });

function take(
  stock: DemandStock,
  locationId: string,
  quantity: number,
  now: Instant,
): readonly Allocation[] {
  const cells = stockAt(stock, locationId)?.cells ?? [];
  const allocations = allocateUnits(cells, quantity, now, { allowSplit: true });
  if (allocations === undefined)
    throw new Error(`${locationId} was chosen and has too few units of ${stock.demand.sku}`);
  return allocations;
}

/** Takes a demand from as few cells as possible: from the fullest ones of all locations. */
function fewestCells({ demand, at }: DemandStock, now: Instant): readonly Allocation[] {
  const cellsOf = (places: readonly LocationStock[]) => places.flatMap(({ cells }) => cells);
  const choices = demand.split
    ? [cellsOf(at)]
    : at.filter(({ units }) => units >= demand.quantity).map((place) => cellsOf([place]));
  const [best = []] = choices
    .map((cells) => takeFromFullest(cells, demand.quantity, now))
    .sort((a, b) => a.length - b.length);
  return best;
}

function takeFromFullest(cells: readonly Cell[], quantity: number, now: Instant): Allocation[] {
  let remaining = quantity;
  return cells
    .map((cell) => ({ cell, units: takeableUnits(cell, now) }))
    .sort((a, b) => b.units - a.units)
    .flatMap(({ cell, units }) => {
      const taken = Math.min(units, remaining);
      remaining -= taken;
      return taken > 0 ? [{ cell, quantity: taken }] : [];
    });
}

/** Names the SKUs and locations to consolidate: those with the most cells, and no more. */
function tooManyCells(allocations: readonly Allocation[]): Sourcing {
  const places = new Map<string, { demand: Demand; cells: number }>();
  for (const { cell, quantity } of allocations) {
    const { sku, locationId } = cell;
    const key = placeKeyOf(sku, locationId);
    const { demand, cells } = places.get(key) ?? {
      demand: { sku, locationId, quantity: 0 },
      cells: 0,
    };
    places.set(key, {
      demand: { ...demand, quantity: demand.quantity + quantity },
      cells: cells + 1,
    });
  }
  const toConsolidate: Demand[] = [];
  let remaining = allocations.length;
  for (const { demand, cells } of [...places.values()].sort((a, b) => b.cells - a.cells)) {
    if (remaining <= CELLS_PER_CHANGE_MAX) break;
    toConsolidate.push(demand);
    remaining -= cells - 1;
  }
  return { kind: 'tooManyCells', cellsNeeded: allocations.length, toConsolidate };
}
