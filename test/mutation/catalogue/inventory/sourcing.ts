import { inCells, type Mutant } from '../../mutant.ts';

const candidates = inCells('domain/reservations/candidates');
const sourcing = inCells('domain/reservations/sourcing');
const cache = inCells('use-cases/reservations/reserve-cache');
const sample = inCells('use-cases/reservations/sample-cells');

/** Rules of the choice of locations for a hold. */
export const SOURCING_MUTANTS: readonly Mutant[] = [
  candidates(
    'orders draw on main only',
    'settings.stockItems.get(sku)?.locations ?? [MAIN_LOCATION],',
    '[MAIN_LOCATION],',
  ),
  candidates(
    'units are sold by default from a location that is inactive',
    'active && (isPickup ? pickup : ships)',
    'active !== undefined && (isPickup ? pickup : ships)',
  ),
  candidates(
    'units are sold by default from a location that does not ship',
    'active && (isPickup ? pickup : ships)',
    'active && (isPickup ? pickup : ships || !ships)',
  ),
  candidates(
    'an inactive location that a line names is used',
    'findLocation(locations, id)?.active)',
    'findLocation(locations, id) !== undefined)',
  ),
  candidates(
    'a location without a record is a source',
    'findLocation(settings.locations, id) === undefined);',
    'id.length === 0);',
  ),
  candidates(
    'two sources of one SKU compete for its units',
    'known !== undefined && !isSameSource(known.from, source)',
    'known !== undefined && known.quantity < 0',
  ),
  candidates(
    'a customer collects an order at a location that has no pickup',
    '  if (noPickup.length > 0)\n',
    '  if (noPickup.length < 0)\n',
  ),
  candidates(
    'units to be collected are taken from a location that has no pickup',
    'active && (isPickup ? pickup : ships)',
    'active && ships',
  ),
  inCells('domain/locations/location')(
    'a new location of the default priority is preferred to main for its id',
    '  Number(b.locationId === MAIN_LOCATION) - Number(a.locationId === MAIN_LOCATION) ||\n',
    '',
  ),
  candidates('locations are not tried by priority', '    .sort(compareLocations)\n', ''),
  sourcing(
    'a line is split over locations although it must not be',
    '  split ? units.reduce((sum, one) => sum + one, 0) : Math.max(0, ...units);',
    '  split || units.length > 0\n    ? units.reduce((sum, one) => sum + one, 0)\n    : Math.max(0, ...units);',
  ),
  sourcing(
    'a line that one location has whole is split',
    'const preferred = [...wholeAllocations(open, plan.order, now), ...splitAllocations(open, now)];',
    'const preferred = splitAllocations(open, now);',
  ),
  sourcing(
    'lines come from the first location that has any of them',
    '      .sort((a, b) => b.served.length - a.served.length);',
    '      .filter(({ served }) => served.length > 0);',
  ),
  sourcing(
    'a split begins with the location that has fewest units',
    '      .toSorted((a, b) => b.units - a.units)',
    '      .toSorted((a, b) => a.units - b.units)',
  ),
  sourcing(
    'a request that fits into one transaction is rejected as fragmented',
    'const allocations = stocks.flatMap((stock) => fewestCells(stock, now));',
    'const allocations = preferred;',
  ),
  cache(
    'a SKU is sold out everywhere once it is sold out at one location',
    '      if (at.length < candidates.length) return [];\n',
    '',
  ),
  cache(
    'a location without a record is read by each request',
    '    if (asked.includes(MAIN_LOCATION))',
    '    if (asked.includes(MAIN_LOCATION) && asked.length === 0)',
  ),
  sample(
    'a sample serves a line at a location that was not chosen',
    '      .filter(({ sku, locationId }) => places.has(`${sku}#${locationId}`))\n',
    '',
  ),
  sample(
    'the cells of locations that are no candidates are read',
    '    .filter(({ sku, locationId }) => candidates.get(sku)?.has(locationId));',
    '    .filter(({ sku }) => candidates.has(sku));',
  ),
  inCells('domain/ledger/stock-item')(
    'units at a location that was added during the reads are missed',
    '    ? Number.POSITIVE_INFINITY\n',
    '    ? 0\n',
  ),
];
