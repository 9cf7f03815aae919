import { inBook, inCells, inInventoryTable, type Mutant } from '../../mutant.ts';

const plan = inCells('domain/ledger/cell-plan');
const cell = inCells('domain/ledger/cell');
const apply = inCells('domain/ledger/apply-change');
const merge = inCells('domain/ledger/merge-changes');
const sourcing = inCells('domain/reservations/sourcing');
const step = inCells('domain/reservations/reservation-step');
const extension = inCells('domain/reservations/extend');
const commit = inCells('domain/reservations/commit');
const transfer = inCells('domain/ledger/transfer');
const rebalance = inCells('domain/sharding/rebalance');
const settings = inCells('domain/stock/put-stock');
const entry = inCells('domain/stock/stock-entry');
const rebuild = inCells('domain/audit/repair-cell');
const cache = inBook('use-cases/reservations/reserve-cache');
const transaction = inInventoryTable('adapters/change-to-transaction');

/** Guards of safety stock: what leaves it, what ignores it, and where it is written. */
export const SAFETY_STOCK_MUTANTS: readonly Mutant[] = [
  plan(
    'a hold takes safety stock',
    'quantity + (keepsFloor ? floorOf(cell) : 0);',
    'quantity + (keepsFloor ? floorOf(cell) : 0) * 0;',
  ),
  plan(
    'a hold is allocated from safety stock',
    'unitsInBuckets(cell, buckets) - floorOf(cell));',
    'unitsInBuckets(cell, buckets));',
  ),
  plan(
    'a hold uses a floor that was changed after it was read',
    '...(keepsFloor && cell.shard === FIRST_SHARD ? { floor: cell.floor ?? null } : {}),',
    '',
  ),
  plan(
    'a hold in a cell without a floor does not see one that was set meanwhile',
    '{ floor: cell.floor ?? null }',
    '(cell.floor === undefined ? {} : { floor: cell.floor })',
  ),
  plan(
    'a location that a receipt adds has no safety stock',
    '...(isNew && floor > 0 ? { floor } : {}),',
    '',
  ),
  cell(
    'sellable units of one cell make up for the missing floor of another',
    'Math.max(0, surplusOf(cell, now))',
    'surplusOf(cell, now)',
  ),
  apply('a floor of 0 stays in the cell', '...(floor === 0 ? {} : { floor }),', '...{ floor },'),
  merge(
    'a hold is grouped with other changes and loses the guard of its floor',
    '      guard.floor === undefined,',
    '      true,',
  ),
  step('a reservation takes safety stock', 'keepsFloor: true,', 'keepsFloor: false,'),
  extension(
    'the extension of an expired hold takes safety stock',
    '      keepsFloor: true,\n    });',
    '    });',
  ),
  extension(
    'units for an extension are transferred from safety stock',
    'const KEEPS_FLOOR = { keepsFloor: true }',
    'const KEEPS_FLOOR = { keepsFloor: false }',
  ),
  commit(
    'a late commit leaves safety stock and fails a paid order',
    'const TAKES_FLOOR = { keepsFloor: false }',
    'const TAKES_FLOOR = { keepsFloor: true }',
  ),
  transfer('a transfer takes safety stock', '      keepsFloor,\n    });', '    });'),
  rebalance(
    'the rebalance levels a location before its floor is full',
    'surplus: cell === undefined ? 0 : surplusOf(cell, now)',
    'surplus: cell === undefined ? 0 : quantitiesAt(cell, now).available',
  ),
  rebalance(
    'a location without enough units for its floor is rebalanced for ever',
    'if (quantity <= 0) return undefined;',
    '',
  ),
  settings(
    'every home cell gets the safety stock of main',
    'const floor = floorAt(stockItem, locationId);',
    'const floor = floorAt(stockItem, MAIN_LOCATION);',
  ),
  settings(
    'a new SKU has no safety stock',
    '[createCell(mainCellKey(command.sku), floorAt(after, MAIN_LOCATION))]',
    '[createCell(mainCellKey(command.sku))]',
  ),
  settings(
    'a safety stock names a location that does not exist',
    'if (unknown.length > 0)',
    'if (unknown.length > 99)',
  ),
  entry(
    'a receipt that adds a location ignores its own safety stock',
    'floorAt(stockItem, locationId);',
    'floorAt(stockItem, MAIN_LOCATION);',
  ),
  cache(
    'a request is rejected from the cache with units that cannot be sold',
    'available: sellableUnitsIn(cells, now) }',
    'available: cells.reduce((sum, one) => sum + one.available, 0) }',
  ),
  sourcing(
    'a shortage shows units that cannot be sold',
    'available: sellableUnitsIn(cells, now),',
    'available: cells.reduce((sum, one) => sum + one.available, 0),',
  ),
  rebuild(
    'a rebuilt cell has no safety stock until the next change of its SKU',
    '    ...defined({ floor }),\n',
    '',
  ),
  rebuild(
    'a rebuilt cell gets a safety stock that was changed meanwhile',
    '(floor === undefined && cell.shard < item.openShardCount)',
    'cell.shard < item.openShardCount',
  ),
  rebuild(
    'every cell of a location gets its safety stock when it is rebuilt',
    'cell.shard !== FIRST_SHARD || item === undefined',
    'item === undefined',
  ),
  transaction(
    'a removed floor stays in the table',
    "...(change.floor === 0 ? ['floor'] : []),",
    '',
  ),
];
