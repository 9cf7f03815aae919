import { type Cell, type CellKey, cellIdOf, MAIN_LOCATION } from '../../domain/ledger/cell.ts';
import type { Cells } from '../../domain/ledger/decision.ts';
import { openCellKeysOf } from '../../domain/ledger/stock-item.ts';
import {
  resolveSources,
  type SourcedLine,
  type SourcingPlan,
} from '../../domain/reservations/candidates.ts';
import type { ReserveState, ReserveStock } from '../../domain/reservations/reserve.ts';
import { loadCells, loadReadableLocations, NO_LOCATIONS } from '../load-state.ts';
import type { StockStore } from '../ports.ts';
import type { ReserveCache } from './reserve-cache.ts';

export type ReserveReads = {
  readonly store: StockStore;
  readonly command: ReserveStock;
  readonly lines: readonly SourcedLine[];
  readonly cache: ReserveCache;
};

/**
 * Reads up to two cells for each line, at the first location that may have every line, or else at
 * the first candidate of each. One read suffices while the cache has the settings of the SKUs and
 * locations, and for SKUs that are at `main` only, in one shard.
 */
export async function readSample(reads: ReserveReads): Promise<ReserveState> {
  const { store, command, lines, cache } = reads;
  const { reservationId, now } = command;
  const { unknownSkus, unknownLocations } = cache.settingsOf(lines, now);
  const isKnown = unknownSkus.length === 0 && unknownLocations.length === 0;
  const firstKeys = isKnown ? pickSample(reads) : lines.flatMap((line) => guessCells(reads, line));
  const first = await store.read({
    cells: firstKeys,
    reservations: [reservationId],
    stockItems: unknownSkus,
    locations: namedAmong(unknownLocations, lines),
  });
  cache.rememberSettings(first, now);
  const reservation = first.reservations.get(reservationId);
  const { stockItems } = first;
  const common = { stockItems, locations: NO_LOCATIONS, reservation, isComplete: false };
  if (isKnown || reservation !== undefined)
    return cache.shuffleCells({ ...common, cells: first.cells, plan: planOf(reads) });
  await readLocations(reads);
  const picked = pickSample(reads);
  const asked = new Set(firstKeys.map(cellIdOf));
  const more = await loadCells(
    store,
    picked.filter((key) => !asked.has(cellIdOf(key))),
  );
  const cells = cellsAtPlacesOf(picked, [...first.cells.values(), ...more.values()]);
  return cache.shuffleCells({ ...common, cells, plan: planOf(reads) });
}

/** Reads the SKUs, and then all cells of the candidates of each line that may have units. */
export async function readCandidates(reads: ReserveReads): Promise<ReserveState> {
  const { store, command, lines, cache } = reads;
  const { reservationId, now } = command;
  const records = await store.read({
    reservations: [reservationId],
    stockItems: lines.map(({ sku }) => sku),
    locations: namedAmong(cache.settingsOf(lines, now).unknownLocations, lines),
  });
  cache.rememberSettings(records, now);
  await readLocations(reads);
  const plan = planOf(reads);
  const demands = plan.ok ? plan.value.demands : [];
  const candidates = new Map(demands.map((demand) => [demand.sku, new Set(demand.candidates)]));
  const keys = [...records.stockItems.values()]
    .flatMap(openCellKeysOf)
    .filter(({ sku, locationId }) => candidates.get(sku)?.has(locationId));
  return cache.shuffleCells({
    cells: await loadCells(store, keys),
    stockItems: records.stockItems,
    locations: NO_LOCATIONS,
    plan,
    reservation: records.reservations.get(reservationId),
    isComplete: true,
  });
}

const namedAmong = (ids: readonly string[], lines: readonly SourcedLine[]): string[] => {
  const named = new Set(lines.flatMap(({ from: { anyOf = [] } }) => anyOf));
  return ids.filter((id) => named.has(id));
};

/** Reads the records of locations that the SKUs have, and that the cache lacks. */
async function readLocations({
  store,
  command: { now },
  lines,
  cache,
}: ReserveReads): Promise<void> {
  const { unknownLocations } = cache.settingsOf(lines, now);
  const named = namedAmong(unknownLocations, lines);
  const missing = unknownLocations.filter((id) => !named.includes(id));
  if (missing.length === 0) return;
  const locations = await loadReadableLocations(store, missing);
  cache.rememberSettings({ stockItems: new Map(), locations }, now, missing);
}

const planOf = ({ command: { now }, lines, cache }: ReserveReads): ReserveState['plan'] =>
  resolveSources(lines, cache.settingsOf(lines, now).settings);

function pickSample(reads: ReserveReads): CellKey[] {
  const { cache, command } = reads;
  const plan = planOf(reads);
  if (!plan.ok) return [];
  const common = commonLocationOf(plan.value);
  return plan.value.demands.flatMap(({ sku, candidates: [first] }) => {
    const locationId = common ?? first;
    const { shardCount = 1 } = cache.skuOf(sku, command.now) ?? {};
    return locationId === undefined ? [] : cache.pickCells({ sku, locationId }, shardCount);
  });
}

/** Returns the first location, in order, that is a candidate of every line. */
const commonLocationOf = ({ demands, order }: SourcingPlan): string | undefined =>
  order.find((locationId) => demands.every(({ candidates }) => candidates.includes(locationId)));

/** Returns the cells that a line probably needs, before the settings of its SKU are known. */
function guessCells(
  { cache, command }: ReserveReads,
  { sku, from: { anyOf: [locationId = MAIN_LOCATION] = [] } }: SourcedLine,
): CellKey[] {
  const { shardCount = 1 } = cache.skuOf(sku, command.now) ?? {};
  return cache.pickCells({ sku, locationId }, shardCount);
}

/** Returns the cells at the locations of the sample. Others would serve a line at another place. */
function cellsAtPlacesOf(picked: readonly CellKey[], cells: readonly Cell[]): Cells {
  const places = new Set(picked.map(({ sku, locationId }) => `${sku}#${locationId}`));
  return new Map(
    cells
      .filter(({ sku, locationId }) => places.has(`${sku}#${locationId}`))
      .map((cell) => [cellIdOf(cell), cell]),
  );
}
