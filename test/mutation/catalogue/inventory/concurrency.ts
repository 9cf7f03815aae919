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
    'a reservation and cells that contradict each other are an error',
    '      if (!(error instanceof InconsistentStateError)) throw error;',
    '      throw error;',
  ),
  changeBook(
    'every error of a decision is a reason to read again',
    '      if (!(error instanceof InconsistentStateError)) throw error;',
    '      if (!(error instanceof Error)) throw error;',
  ),
  changeBook(
    'a hold is found expired by cells that are newer than its record',
    '    const confirmed = this.#decide({ ...state, ...record });',
    '    const confirmed = record.reservation ? decision : this.#decide({ ...state, ...record });',
  ),
  changeBook(
    'a preparation uses up a try',
    'this.#preparations === PREPARATIONS_MAX',
    'this.#preparations >= 0',
  ),
  inCells('domain/ledger/decision')(
    'slots within the grace time are not counted before a decision',
    '  if (expiredBuckets(cell, context.now).length <= EXPIRED_BUCKETS_PER_CHANGE_MAX) return undefined;',
    '  if (expiredBuckets(cell, context.now, EXPIRY_GRACE_SECONDS).length <= EXPIRED_BUCKETS_PER_CHANGE_MAX) return undefined;',
  ),
  inCells('domain/ledger/cell-plan')(
    'a cell is chosen for more than one change can take from it',
    'expiredBuckets(cell, now).slice(0, EXPIRED_BUCKETS_PER_CHANGE_MAX))',
    'expiredBuckets(cell, now))',
  ),
  inCells('domain/reservations/reserve')(
    'a hold of more cells than a transaction takes is written',
    '  if (allocations.flat().length > CELLS_PER_CHANGE_MAX)\n    return rejectUnconfirmed(stockTooFragmentedError(demands, allocations));\n',
    '',
  ),
  inCells('domain/reservations/reserve')(
    'less is to be consolidated than makes a request possible',
    '    remaining -= one.cells - 1;',
    '    remaining -= one.cells;',
  ),
  inCells('use-cases/reservations/reserve-stock')(
    'units that lie in too many cells are never brought together',
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
    'units that were brought together are levelled at once',
    'const isConsolidated = consolidationUnits !== undefined && total >= consolidationUnits;',
    'const isConsolidated = false;',
  ),
  rebalance(
    'a record keeps a consolidation that has ended',
    'closeEmptyShards(sku, cells, command) ?? endConsolidations(sku, command);',
    'closeEmptyShards(sku, cells, command);',
  ),
  inCells('domain/ledger/events')(
    'a consolidation that is asked for makes no event',
    '    if (known?.at === at) continue;',
    '    if (known?.at !== at) continue;',
  ),
  inCells('use-cases/sharding/watch-stock-level')(
    'cells stay as they are when their consolidation has ended',
    ' || hasEndedConsolidation(sku, now)',
    '',
  ),
  inOrders('adapters/http-inventory-client')(
    'an order of too many parts is answered as an error of inventory',
    "    case 'STOCK_TOO_FRAGMENTED':\n      return { kind: 'stockTooFragmented', cellsNeeded, cellsMax };\n",
    '',
  ),
  reserveCache(
    'what was sold out is remembered outside a rush',
    '      const available = this.#isRush(demand, now)\n        ? getFresh(this.#soldOut, demandKeyOf(demand), now)\n        : undefined;',
    '      const available =\n        this.#isRush(demand, now) || true ? getFresh(this.#soldOut, demandKeyOf(demand), now) : undefined;',
  ),
  reserveCache(
    'rejections of any time make a rush',
    '    return (\n      oldest !== undefined &&\n      others.length + 1 === RUSH_REJECTIONS_MIN &&\n      now - oldest < RUSH_MILLISECONDS\n    );',
    '    return oldest !== undefined && others.length + 1 === RUSH_REJECTIONS_MIN;',
  ),
  reserveCache(
    'a rush ends by the rejections that were made without a read',
    '      if (available === undefined || available >= demand.quantity) return [];\n      this.#countRejection(demand, now);\n',
    '      if (available === undefined || available >= demand.quantity) return [];\n',
  ),
  inBook('domain/audit/repair-reservation')(
    'a repair of a cell that has changed is rejected for good',
    "    if (hasCellChanged(state, reservation, command))\n      return rejectUnconfirmed({ kind: 'versionConflict' });\n",
    '',
  ),
  inReconciliation('adapters/sqs-queues')(
    'work that its queue took in part is an error',
    '      throw Failed.some(({ SenderFault }) => SenderFault)\n        ? new Error(message)\n        : new RetryLaterError(message);',
    '      throw new Error(message);',
  ),
];
