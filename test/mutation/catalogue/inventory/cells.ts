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
    'units that move while cells are read are seen in none of them',
    '    if (shortages.some((shortage) => isCovered(shortage, transferredUnits))) return undefined;\n',
    '',
  ),
  changeBook(
    'units that were moved while cells were read do not count',
    'available + (transferredUnits.get(sku) ?? 0) >= requested',
    'available + 0 * (transferredUnits.get(sku) ?? 0) >= requested',
  ),
  changeBook(
    'a look that may have missed units is remembered',
    'state: isExact ? state : undefined',
    'state',
  ),
  inCells('domain/reservations/reserve')(
    'what was only glanced at is the reason to refuse',
    "  if (!isAllocated && !state.isComplete) return { next: 'readAll' };\n",
    '',
  ),
  changeBook(
    'conflicts are not written down',
    'this.#store.apply(change, this.#contendedSkus)',
    'this.#store.apply(change, [])',
  ),
  inCells('domain/ledger/change')(
    'conflicts are written down in another sku',
    '    if (!open.delete(sku) || cellChange.isNew) return cellChange;',
    '    if (cellChange.isNew) return cellChange;',
  ),
  inCells('use-cases/sharding/movements-since')(
    'a count is compared with a balance and movements of different moments',
    'before.get(cellIdOf(key))?.version === after.get(cellIdOf(key))?.version',
    'before.has(cellIdOf(key)) === after.has(cellIdOf(key))',
  ),
  inCells('domain/ledger/stock-item')(
    'cells with units are closed when shards are given up',
    '  openShardCount: Math.max(sku.openShardCount, shardCount),',
    '  openShardCount: shardCount,',
  ),
  inCells('domain/ledger/stock-item')(
    'the movements of closed cells are forgotten',
    '  peakShardCount: Math.max(sku.peakShardCount, shardCount),',
    '  peakShardCount: shardCount,',
  ),
  inCells('domain/ledger/allocation')(
    'a quantity is gathered from cells that have too little together',
    '  return left === 0 ? allocations : undefined;',
    '  return allocations;',
  ),
  inCells('domain/ledger/allocation')(
    'what is glanced at is gathered from',
    '  if (!allowSplit) return undefined;\n',
    '',
  ),
  transfer(
    'a transfer is not counted',
    '  transferCount: sku.transferCount + 1,',
    '  transferCount: sku.transferCount + 0,',
  ),
  transfer(
    'the units of a transfer are not counted',
    '  unitsTransferred: sku.unitsTransferred + units,',
    '  unitsTransferred: sku.unitsTransferred,',
  ),
  lateCommitTransfer(
    'a late commit is given up for what its own cell lacks, while units are moved',
    'mergeLines(linesTakenFromAvailable(state, reservation)).flatMap((demand): Shortage[] => {',
    'mergeLines(linesTakenFromAvailable(state, reservation)).slice(1).flatMap((demand): Shortage[] => {',
  ),
  transfer(
    'the halves of a transfer have no marks',
    '    entryRecords: cells.flatMap((cell) => entryRecordsOf(cell, context)),\n',
    '',
  ),
  transfer(
    'a transfer is larger than a transaction',
    'export const TRANSFER_SOURCES_MAX = 20;',
    'export const TRANSFER_SOURCES_MAX = 30;',
  ),
  inCells('domain/audit/running-totals')(
    'an audit counts what is in another cell',
    '    if (shard !== undefined) return;\n',
    '',
  ),
  transaction(
    'the record of a sku is written over another version',
    '[puts(skuItem(stockItem.after), ifVersion(stockItem.expectedVersion))],',
    '[puts(skuItem(stockItem.after))],',
  ),
  transaction(
    'the marks of movements are not written',
    '    ...changes.flatMap(({ entryRecords = [] }) =>\n',
    '    ...changes.slice(1).flatMap(({ entryRecords = [] }) =>\n',
  ),
  store(
    'all cells of a change are told as contended',
    '(place) => isBusy(reasons[place]))',
    '(place) => place >= 0)',
  ),
  rebalance(
    'a cell is closed though it has changed',
    '{ ...touchCell(key), guard: { version: cell.version } },',
    'touchCell(key),',
  ),
  rebalance(
    'a cell is closed though somebody has units in it',
    '  available === 0 && committed === 0 && Object.values(held).every((units) => units === 0);',
    '  available === 0 && (committed >= 0 || Object.values(held).every((units) => units === 0));',
  ),
  rebalance(
    'more cells are closed than one change touches',
    '    sku.openShardCount - Math.floor((TRANSACTION_ACTIONS_MAX - 1) / sku.locations.length),',
    '    sku.openShardCount - TRANSACTION_ACTIONS_MAX,',
  ),
  inCells('domain/ledger/decision')(
    'units of another location are taken',
    '[...cells.values()].filter((cell) => isAtLocation(cell, place));',
    '[...cells.values()].filter((cell) => cell.sku === place.sku);',
  ),
  inCells('domain/stock/consolidate-at-home')(
    'what is adjusted away is sought in the first cell alone',
    '  return consolidateInto(state.stockItems.get(key.sku), home, others, shortfall, context);',
    '  return consolidateInto(undefined, home, others, shortfall, context);',
  ),
  entry(
    'a repeat moves units once more',
    '  const earlier = replayOf(state, command);\n  if (earlier !== undefined) return earlier;\n  if (!state.stockItems.has(command.sku)) return',
    '  if (!state.stockItems.has(command.sku)) return',
  ),
  reserveCache(
    'what was sold out is refused for longer than a second',
    'export const SOLD_OUT_TTL_MILLISECONDS = 1_000;',
    'export const SOLD_OUT_TTL_MILLISECONDS = 2_000;',
  ),
  reserveCache(
    'what was sold out is refused though a hold has lapsed since',
    '      const until = Math.min(\n        now + SOLD_OUT_TTL_MILLISECONDS,\n        ...cells.map((cell) => nextExpiryOf(cell, now)),\n      );',
    '      const until = now + SOLD_OUT_TTL_MILLISECONDS;',
  ),
  reserveCache(
    'whoever wants less than there was is refused',
    '      if (available === undefined || available >= demand.quantity) return [];',
    '      if (available === undefined) return [];',
  ),
  reserveCache(
    'shards are known for longer than is said',
    'export const SHARD_COUNT_TTL_MILLISECONDS = 5_000;',
    'export const SHARD_COUNT_TTL_MILLISECONDS = 50_000;',
  ),
  reserveStock(
    'a repeat is refused while its sku is known to be sold out',
    "    if (!reservations.has(reservationId)) return err({ kind: 'insufficientStock', shortages });",
    "    if (reservations !== null) return err({ kind: 'insufficientStock', shortages });",
  ),
  reserveStock(
    'any refusal is remembered as sold out',
    "  if (error.kind === 'insufficientStock' && state !== undefined)",
    '  if (state !== undefined)',
  ),
  contention(
    'a sku is found hot again before it had time to cool',
    'now - Date.parse(sku.shardProposal.at) < COOLDOWN_MILLISECONDS',
    'now < Date.parse(sku.shardProposal.at)',
  ),
  contention('more shards are proposed than there are units', '    Math.max(...units),\n', ''),
  inCells('domain/reservations/commit')(
    'a late commit gives up where its own cell has too little',
    "  if (!state.isComplete) return { next: 'readAll' };\n",
    '',
  ),
  inCells('domain/reservations/extend')(
    'a lapsed hold has expired where its own cell has too little',
    "  if (!state.isComplete) return { next: 'readAll' };\n",
    '',
  ),
  lateCommitTransfer(
    'units are moved for a reservation that expires all the same',
    '    if (parts === undefined) return undefined;',
    '    if (parts === undefined) continue;',
  ),
  lateCommitTransfer(
    'one line of a reservation is helped with the units of another',
    'context.now) - wanted };',
    'context.now) - (wanted > 0 ? wanted : 0) * 0 };',
  ),
  lateCommitTransfer(
    'two lines are helped with the same units',
    '    shard.surplus -= quantity;\n',
    '',
  ),
  inCells('domain/ledger/transfer')(
    'a transfer may have the id of another sku',
    '`transfer#${sku.sku}#${after.transferCount}`',
    '`transfer.${sku.sku}.${after.transferCount}`',
  ),
  inCells('domain/audit/repair-cell')(
    'a rebuilt cell that was closed stays closed',
    '  if (item === undefined || cell.shard < item.openShardCount)\n',
    '  if (item === undefined || cell.shard >= 0)\n',
  ),
  transfer(
    'units come into a cell that stays closed',
    'Math.max(sku.openShardCount, to.shard + 1)',
    'sku.openShardCount + 0 * to.shard',
  ),
  inCells('use-cases/reservations/group-commit')(
    'a batch lets a reservation expire that other cells could help',
    '    const state = { reservation, cells, stockItems: new Map(), isComplete: false };',
    '    const state = { reservation, cells, stockItems: new Map(), isComplete: true };',
  ),
];
