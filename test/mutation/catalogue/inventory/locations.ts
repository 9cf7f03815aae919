import { inBook, inCells, inInventoryTable, inReconciliation, type Mutant } from '../../mutant.ts';

const put = inCells('domain/locations/put-location');
const entry = inCells('domain/stock/entry-location');
const useCase = inCells('use-cases/locations/locations');
const stockUpdate = inBook('use-cases/stock/update-stock');
const transaction = inInventoryTable('adapters/change-to-transaction');
const store = inInventoryTable('adapters/dynamo-location-store');
const audit = inInventoryTable('adapters/dynamo-audit-reader');
const missing = inCells('domain/audit/missing-locations');

/** Guards of locations: which exist, who writes them, and what is listed. */
export const LOCATION_MUTANTS: readonly Mutant[] = [
  put('the main location is taken out of sale', 'locationId === MAIN_LOCATION &&', 'false &&'),
  put('the main location stops shipping', 'settings.active && settings.ships', 'settings.active'),
  entry(
    'stock is added at a location without a record',
    "return err({ kind: 'unknownLocation', locationIds: [locationId] });",
    'return ok(undefined);',
  ),
  entry(
    'a receipt creates a location without createLocation',
    'entry.createLocation === true',
    'entry.createLocation !== null',
  ),
  stockUpdate(
    'a receipt does not read the record of its location',
    'locationId === MAIN_LOCATION ? [] : [locationId];',
    '[];',
  ),
  useCase(
    'a location that another request changed is reported as written',
    '(await store.replace(decided.value.location)) ? decided : undefined',
    '((await store.replace(decided.value.location)), decided)',
  ),
  transaction(
    'a receipt replaces the settings of a location that was created meanwhile',
    '[puts(locationItem(newLocation), ifVersion(undefined))]',
    '[puts(locationItem(newLocation))]',
  ),
  store(
    'the main location is listed twice once it has a record',
    '!found.some((item) => locationIdOf(item) === MAIN_LOCATION)',
    'true',
  ),
  store('the main location is listed on each page', "(after ?? '') < MAIN_LOCATION &&", ''),
  store(
    'the list skips the location after the main one',
    'listed.length > limit ? items.at(-1)?.locationId : last',
    'last',
  ),
  audit(
    'an unreadable location is not reported',
    '...separateUnreadable(locations, toLocation).unreadable,',
    '...separateUnreadable(locations, toLocation).unreadable.slice(0, 0),',
  ),
  audit(
    'a location whose record was deleted counts as recorded',
    'new Set(locations.map(locationIdOf))',
    'new Set(values.flatMap((one) => one.locations))',
  ),
  missing('main is missing because it has no record', 'locationId !== MAIN_LOCATION &&', ''),
  missing(
    'a location without a record is not reported',
    '!recordedLocationIds.has(locationId) &&',
    'recordedLocationIds.has(locationId) &&',
  ),
  inReconciliation('use-cases/cells/scan-cells')(
    'a run ignores locations without a record',
    'page.missingLocations.map(',
    'page.missingLocations.slice(0, 0).map(',
  ),
  inReconciliation('domain/checks/check-locations')(
    'a location without a record is a finding for each SKU that names it',
    'subject: `location:${locationId}`',
    'subject: `location:${locationId}/${sku}`',
  ),
  inReconciliation('domain/checks/check-records')(
    'a run closes a missing location although a SKU is unreadable',
    "  location: ['SKU#'],",
    '  location: [],',
  ),
];
