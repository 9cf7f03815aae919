import { inCells, type Mutant } from '../../mutant.ts';

const transaction = inCells('adapters/change-to-transaction');
const store = inCells('adapters/dynamo-stock-store');
const changeBook = inCells('use-cases/execute-command');
const entry = inCells('domain/stock/stock-entry');
const transfer = inCells('domain/ledger/transfer');
const rebalance = inCells('domain/sharding/rebalance');
const contention = inCells('domain/sharding/contention');
const reserveCache = inCells('use-cases/reservations/reserve-cache');
const reserveStock = inCells('use-cases/reservations/reserve-stock');
const lateCommitTransfer = inCells('domain/reservations/late-commit-transfer');

/** Guards for a SKU whose units are in several cells and are moved between them. */
export const CELL_MUTANTS: readonly Mutant[] = [
  changeBook(
    'a read misses units that are transferred while cells are read',
    '    if (shortages.some((shortage) => isCovered(shortage, transferredUnits))) return undefined;\n',
    '',
  ),
  changeBook(
    'units transferred while cells are read are not counted',
    'available + (transferredUnits.get(sku) ?? 0) >= requested',
    'available + 0 * (transferredUnits.get(sku) ?? 0) >= requested',
  ),
  changeBook(
    'a read that may have missed units is remembered',
    'state: isExact ? state : undefined',
    'state',
  ),
  inCells('domain/reservations/reserve')(
    'a partial read is a sufficient reason for a rejection',
    'sampled === undefined ?',
    'sampled === undefined && state.isComplete ?',
  ),
  changeBook(
    'write conflicts are not recorded',
    'this.#store.apply(change, this.#contendedSkus)',
    'this.#store.apply(change, [])',
  ),
  inCells('domain/ledger/change')(
    'write conflicts are recorded on another SKU',
    '    if (!open.delete(sku) || cellChange.isNew) return cellChange;',
    '    if (cellChange.isNew) return cellChange;',
  ),
  inCells('use-cases/sharding/movements-since')(
    'a count is compared with a balance and movements of different moments',
    'before.get(cellIdOf(key))?.version === after.get(cellIdOf(key))?.version',
    'before.has(cellIdOf(key)) === after.has(cellIdOf(key))',
  ),
  inCells('domain/ledger/stock-item')(
    'reducing the shard count closes cells that contain units',
    '  openShardCount: Math.max(stockItem.openShardCount, shardCount),',
    '  openShardCount: shardCount,',
  ),
  inCells('domain/ledger/stock-item')(
    'the movements of closed cells are ignored',
    '  peakShardCount: Math.max(stockItem.peakShardCount, shardCount),',
    '  peakShardCount: shardCount,',
  ),
  inCells('domain/ledger/allocation')(
    'a quantity is allocated from cells that do not contain enough',
    '  return left === 0 ? allocations : undefined;',
    '  return allocations;',
  ),
  inCells('domain/ledger/allocation')(
    'a quantity is split across cells after a partial read',
    '  if (!allowSplit) return undefined;\n',
    '',
  ),
  transfer(
    'the transfer counter is not incremented',
    '  transferCount: stockItem.transferCount + 1,',
    '  transferCount: stockItem.transferCount + 0,',
  ),
  transfer(
    'the units of a transfer are not counted',
    '  unitsTransferred: stockItem.unitsTransferred + units,',
    '  unitsTransferred: stockItem.unitsTransferred,',
  ),
  lateCommitTransfer(
    'a late commit expires for units that are being transferred to its cell',
    'mergeLines(linesTakenFromAvailable(state, reservation)).flatMap((demand): Shortage[] => {',
    'mergeLines(linesTakenFromAvailable(state, reservation)).slice(1).flatMap((demand): Shortage[] => {',
  ),
  transfer(
    'the two halves of a transfer have no entry records',
    '    entryRecords: cells.flatMap((cell) => entryRecordsOf(cell, context)),\n',
    '',
  ),
  transfer(
    'a transfer exceeds the size of a transaction',
    'export const TRANSFER_SOURCES_MAX = 20;',
    'export const TRANSFER_SOURCES_MAX = 30;',
  ),
  inCells('domain/audit/running-totals')(
    'an audit counts entry records of another cell',
    '    if (isInOtherCell(ref)) return;\n',
    '',
  ),
  transaction(
    'a stock item record overwrites another version',
    '[puts(skuItem(stockItem.after), ifVersion(stockItem.expectedVersion))],',
    '[puts(skuItem(stockItem.after))],',
  ),
  transaction(
    'the entry records of movements are not written',
    '    ...changes.flatMap(({ entryRecords = [] }) =>\n',
    '    ...changes.slice(1).flatMap(({ entryRecords = [] }) =>\n',
  ),
  store(
    'all cells of a change are reported as contended',
    '(place) => isBusy(reasons[place]))',
    '(place) => place >= 0)',
  ),
  rebalance(
    'a cell is closed although it has changed',
    '{ ...touchCell(key), guard: { version: cell.version } },',
    'touchCell(key),',
  ),
  rebalance(
    'a cell is closed while it contains committed units',
    '  available === 0 && committed === 0 && Object.values(held).every((units) => units === 0);',
    '  available === 0 && (committed >= 0 || Object.values(held).every((units) => units === 0));',
  ),
  rebalance(
    'more cells are closed than one change may touch',
    '    stockItem.openShardCount -\n      Math.floor((TRANSACTION_ACTIONS_MAX - 1) / stockItem.locations.length),',
    '    stockItem.openShardCount - TRANSACTION_ACTIONS_MAX,',
  ),
  inCells('domain/ledger/decision')(
    'units of another location are used',
    '[...cells.values()].filter((cell) => isAtLocation(cell, place));',
    '[...cells.values()].filter((cell) => cell.sku === place.sku);',
  ),
  inCells('domain/stock/consolidate-at-home')(
    'a negative adjustment only uses the first cell',
    '  return consolidateInto(state.stockItems.get(key.sku), home, others, shortfall, context);',
    '  return consolidateInto(undefined, home, others, shortfall, context);',
  ),
  entry(
    'a repeated adjustment transfers units again',
    '  const earlier = replayOf(state, command, entryOf);\n  if (earlier !== undefined) return earlier;\n  if (!state.stockItems.has(command.sku)) return',
    '  if (!state.stockItems.has(command.sku)) return',
  ),
  reserveCache(
    'a sold-out rejection is cached for longer than one second',
    'export const SOLD_OUT_TTL_MILLISECONDS = 1_000;',
    'export const SOLD_OUT_TTL_MILLISECONDS = 2_000;',
  ),
  reserveCache(
    'a sold-out rejection is cached past the next expiry of a hold',
    '          ...one.cells.map((cell) => nextExpiryOf(cell, now)),\n',
    '',
  ),
  reserveCache(
    'a cached shortage rejects a smaller quantity that is available',
    '      if (available >= quantity) return [];\n',
    '',
  ),
  reserveCache(
    'settings are cached for longer than documented',
    'export const SETTINGS_TTL_MILLISECONDS = 5_000;',
    'export const SETTINGS_TTL_MILLISECONDS = 50_000;',
  ),
  reserveStock(
    'a repeated reservation is rejected while its SKU is cached as sold out',
    "    if (!reservations.has(reservationId)) return err({ kind: 'insufficientStock', shortages });",
    "    if (reservations !== null) return err({ kind: 'insufficientStock', shortages });",
  ),
  reserveStock(
    'every rejection is cached as sold out',
    "  if (error.kind === 'insufficientStock' && state?.plan.ok)",
    '  if (state?.plan.ok)',
  ),
  contention(
    'a SKU is proposed for more shards again during its cooldown',
    'now - Date.parse(stockItem.shardProposal.at) < COOLDOWN_MILLISECONDS',
    'now < Date.parse(stockItem.shardProposal.at)',
  ),
  contention(
    'the proposed shard count exceeds the number of units',
    '    Math.max(...units),\n',
    '',
  ),
  inCells('domain/reservations/commit')(
    'a late commit expires after a partial read',
    "  if (!state.isComplete) return { next: 'readAll' };\n",
    '',
  ),
  inCells('domain/reservations/extend')(
    'an expired hold cannot be extended after a partial read',
    "  if (!state.isComplete) return { next: 'readAll' };\n",
    '',
  ),
  lateCommitTransfer(
    'units are transferred for a reservation that expires anyway',
    '    if (parts === undefined) return undefined;',
    '    if (parts === undefined) continue;',
  ),
  lateCommitTransfer(
    'one line of a reservation uses the units of another line',
    'return { cell, surplus: units - wanted };',
    'return { cell, surplus: units - (wanted > 0 ? wanted : 0) * 0 };',
  ),
  lateCommitTransfer('two lines are given the same units', '    shard.surplus -= quantity;\n', ''),
  inCells('domain/ledger/transfer')(
    'the transfer id of one SKU can equal that of another SKU',
    '`transfer#${stockItem.sku}#${after.transferCount}`',
    '`transfer.${stockItem.sku}.${after.transferCount}`',
  ),
  inCells('domain/audit/repair-cell')(
    'a rebuilt cell that was closed stays closed',
    '(floor === undefined && cell.shard < item.openShardCount)',
    '(floor === undefined && cell.shard >= 0)',
  ),
  transfer(
    'units are transferred into a cell that stays closed',
    'Math.max(stockItem.openShardCount, to.shard + 1)',
    'stockItem.openShardCount + 0 * to.shard',
  ),
  inCells('use-cases/reservations/group-commit')(
    'a batch expires a reservation that other cells could supply',
    'locations: NO_LOCATIONS, isComplete: false };',
    'locations: NO_LOCATIONS, isComplete: true };',
  ),
];
