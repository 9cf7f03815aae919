import { inBook, inCells, inOrders, inReconciliation, type Mutant } from '../../mutant.ts';

const changeBook = inCells('use-cases/execute-command');
const consolidate = inCells('domain/sharding/consolidation');
const rebalance = inCells('domain/sharding/rebalance');
const reserveCache = inCells('use-cases/reservations/reserve-cache');

/**
 * Guards of concurrent steps of one reservation, and of requests that need more than one change.
 */
export const CONCURRENCY_MUTANTS: readonly Mutant[] = [
  changeBook(
    'an inconsistent read of a reservation and its cells is an error',
    '      if (!(error instanceof InconsistentStateError)) throw error;',
    '      throw error;',
  ),
  changeBook(
    'every error in a decision causes another read',
    '      if (!(error instanceof InconsistentStateError)) throw error;',
    '      if (!(error instanceof Error)) throw error;',
  ),
  changeBook(
    'cells newer than the reservation record make a hold expire',
    '    const confirmed = this.#decide({ ...state, ...record });',
    '    const confirmed = record.reservation ? decision : this.#decide({ ...state, ...record });',
  ),
  changeBook(
    'a preparation counts as an attempt',
    'this.#preparations === PREPARATIONS_MAX',
    'this.#preparations >= 0',
  ),
  inCells('domain/ledger/decision')(
    'expiry buckets within the grace period are not counted before a decision',
    '  if (expiredBuckets(cell, context.now).length <= EXPIRED_BUCKETS_PER_CHANGE_MAX) return undefined;',
    '  if (expiredBuckets(cell, context.now, EXPIRY_GRACE_SECONDS).length <= EXPIRED_BUCKETS_PER_CHANGE_MAX) return undefined;',
  ),
  inCells('domain/ledger/cell-plan')(
    'a cell is chosen for more units than one change can take from it',
    'const buckets = expiredBuckets(cell, now).slice(0, EXPIRED_BUCKETS_PER_CHANGE_MAX);\n  return Math',
    'const buckets = expiredBuckets(cell, now);\n  return Math',
  ),
  inCells('domain/reservations/sourcing')(
    'a hold of more cells than a transaction allows is written',
    '  return allocations.length <= CELLS_PER_CHANGE_MAX\n',
    '  return allocations.length >= CELLS_PER_CHANGE_MAX\n',
  ),
  inCells('domain/reservations/sourcing')(
    'too few cells are consolidated for a request to succeed',
    '    remaining -= cells - 1;',
    '    remaining -= cells;',
  ),
  inCells('use-cases/reservations/reserve-stock')(
    'units in too many cells are never consolidated',
    'error.toConsolidate.map(',
    'error.toConsolidate.slice(error.cellsNeeded).map(',
  ),
  consolidate(
    'each retry of a request asks for its consolidation again',
    "  if (isRecent) return { next: 'replay', value: undefined };\n",
    '',
  ),
  consolidate(
    'a consolidation never ends',
    '  now - at >= CONSOLIDATION_SECONDS * MILLISECONDS_PER_SECOND;',
    '  now < at;',
  ),
  rebalance(
    'consolidated units are distributed again at once',
    'consolidationUnits !== undefined && totalSellable(shards) >= consolidationUnits;',
    'false;',
  ),
  rebalance(
    'a record keeps a consolidation that has ended',
    'closeEmptyShards(stockItem, cells, command) ?? endConsolidations(stockItem, command);',
    'closeEmptyShards(stockItem, cells, command);',
  ),
  inCells('domain/ledger/events')(
    'a requested consolidation publishes no event',
    '    if (known?.at === at) continue;',
    '    if (known?.at !== at) continue;',
  ),
  inCells('use-cases/sharding/watch-stock-level')(
    'cells are not rebalanced when their consolidation ends',
    ' || hasEndedConsolidation(stockItem, now)',
    '',
  ),
  inOrders('adapters/http-inventory-client')(
    'an order with fragmented stock receives an error of inventory',
    "    case 'STOCK_TOO_FRAGMENTED':\n      return { kind: 'stockTooFragmented', cellsNeeded, cellsMax };\n",
    '',
  ),
  reserveCache(
    'a sold-out rejection is cached outside a rush',
    '      if (!this.#isRush(sku, now)) return [];\n',
    '',
  ),
  reserveCache(
    'rejections of any age count as a rush',
    '    return (\n      oldest !== undefined &&\n      others.length + 1 === RUSH_REJECTIONS_MIN &&\n      now - oldest < RUSH_MILLISECONDS\n    );',
    '    return oldest !== undefined && others.length + 1 === RUSH_REJECTIONS_MIN;',
  ),
  reserveCache(
    'rejections from the cache do not prolong a rush',
    '      if (available >= quantity) return [];\n      this.#countRejection(sku, now);\n',
    '      if (available >= quantity) return [];\n',
  ),
  inBook('domain/audit/repair-reservation')(
    'a repair of a cell that has changed is rejected permanently',
    "    if (hasCellChanged(state, reservation, command))\n      return rejectUnconfirmed({ kind: 'versionConflict' });\n",
    '',
  ),
  inReconciliation('adapters/sqs-queues')(
    'work that SQS accepted partially is a permanent error',
    '      throw Failed.some(({ SenderFault }) => SenderFault)\n        ? new Error(message)\n        : new RetryLaterError(message);',
    '      throw new Error(message);',
  ),
];
