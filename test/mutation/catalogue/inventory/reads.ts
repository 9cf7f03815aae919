import { inCells, type Mutant } from '../../mutant.ts';

const readUnmoved = inCells('use-cases/audit/read-at-one-version');
const availability = inCells('domain/stock/availability');
const readAvailability = inCells('use-cases/stock/read-availability');
const explainStock = inCells('use-cases/stock/explain-stock');

/**
 * Guards that make a read of several cells count each unit once, and a response contain only what
 * the request itself wrote.
 */
export const READ_MUTANTS: readonly Mutant[] = [
  readUnmoved(
    'units transferred while cells are read are counted twice or never',
    'after.get(sku)?.version !== version || value === undefined',
    'value === undefined',
  ),
  readUnmoved(
    'a SKU whose units are constantly transferred is read without a limit',
    '    if (attempt === READS_MAX)',
    '    if (attempt === Number.POSITIVE_INFINITY)',
  ),
  readUnmoved(
    'a SKU whose units were transferred is omitted from a page',
    '    remaining = changedSkus;',
    '    remaining = changedSkus.slice(changedSkus.length);',
  ),
  explainStock(
    'an explanation sums cells between which units are being transferred',
    '    at <= now - MOVEMENT_DELAY_MILLISECONDS_MAX',
    '    at <= now',
  ),
  explainStock(
    'an explanation of the past waits for current transfers',
    '    at <= now - MOVEMENT_DELAY_MILLISECONDS_MAX',
    '    at < 0',
  ),
  availability(
    'units at an inactive location are for sale',
    'sellable: isActive ? sellable : 0',
    'sellable',
  ),
  availability(
    'units at a location that does not ship are for sale by default',
    'locationIds === undefined ? sellsByDefault(location) : isActive;',
    'isActive;',
  ),
  readAvailability(
    'a location that gets its first units during the read is taken for an inactive one',
    'locationsOf([...stocks.values()])',
    '[...records.values()].flatMap((record) => record.locations)',
  ),
  readAvailability(
    'one request reads any number of cells',
    'cells > AVAILABILITY_CELLS_MAX',
    'cells < 0',
  ),
  inCells('use-cases/load-state')(
    'a receipt creates a SKU that already exists',
    '    stockItems: [cell.sku],\n',
    '',
  ),
];
