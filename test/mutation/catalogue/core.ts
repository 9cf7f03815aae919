import { type Mutant, ofBook, ofCells, ofOrders, ofRuns } from '../mutant.ts';

const changeBook = ofCells('use-cases/change-book');
const consolidate = ofCells('domain/sharding/consolidate');
const spread = ofCells('domain/sharding/spread');
const memory = ofCells('use-cases/reservations/reserve-memory');

/** Concurrent steps of one reservation, and requests that need more than one change can do. */
export const OF_CORE: readonly Mutant[] = [
  changeBook(
    'a reservation and cells that contradict each other are an error',
    '      if (!(fault instanceof InconsistentState)) throw fault;',
    '      throw fault;',
  ),
  changeBook(
    'every error of a decision is a reason to read again',
    '      if (!(fault instanceof InconsistentState)) throw fault;',
    '      if (!(fault instanceof Error)) throw fault;',
  ),
  changeBook(
    'a hold is found expired by cells that are newer than its record',
    "  const isStep = cellsOfReservation && state.reservation?.status === 'HELD';",
    '  const isStep = false;',
  ),
  changeBook('a preparation uses up a try', 'prepared === PREPARATIONS_MAX', 'prepared >= 0'),
  ofCells('domain/ledger/decision')(
    'slots within the grace time are not counted before a decision',
    '  if (lapsedSlots(cell, context.now).length <= FOLDED_SLOTS_MAX) return undefined;',
    '  if (lapsedSlots(cell, context.now, FOLD_GRACE_SECONDS).length <= FOLDED_SLOTS_MAX) return undefined;',
  ),
  ofCells('domain/ledger/cell-change')(
    'a cell is chosen for more than one change can take from it',
    'cell.available + unitsIn(cell, lapsedSlots(cell, now).slice(0, FOLDED_SLOTS_MAX));',
    'cell.available + unitsIn(cell, lapsedSlots(cell, now));',
  ),
  ofCells('domain/reservations/reserve')(
    'a hold of more cells than a transaction takes is written',
    '  if (chosen.length > CELLS_PER_CHANGE_MAX) return refused(tooManyParts(demands, choices));\n',
    '',
  ),
  ofCells('domain/reservations/reserve')(
    'less is to be consolidated than makes a request possible',
    '    left -= one.cells - 1;',
    '    left -= one.cells;',
  ),
  ofCells('use-cases/reservations/reserve-stock')(
    'units that lie in too many cells are never brought together',
    'result.refusal.scattered.map(',
    'result.refusal.scattered.slice(result.refusal.cells).map(',
  ),
  consolidate(
    'each retry of a request asks for its consolidation again',
    '  if (isRecent) return accepted({ value: undefined });\n',
    '',
  ),
  consolidate(
    'a consolidation never ends',
    '  now - at >= CONSOLIDATION_SECONDS * MILLISECONDS_PER_SECOND;',
    '  now < at;',
  ),
  spread(
    'units that were brought together are levelled at once',
    'const isTogether = units !== undefined && total >= units;',
    'const isTogether = false;',
  ),
  spread(
    'a record keeps a consolidation that has ended',
    'closed(sku, cells, command) ?? endConsolidations(sku, command);',
    'closed(sku, cells, command);',
  ),
  ofCells('domain/ledger/events')(
    'a consolidation that is asked for makes no event',
    '    if (known?.at === at) continue;',
    '    if (known?.at !== at) continue;',
  ),
  ofCells('use-cases/sharding/watch-stock-level')(
    'cells stay as they are when their consolidation has ended',
    ' || hasEndedConsolidation(sku, now)',
    '',
  ),
  ofOrders('adapters/http-inventory')(
    'an order of too many parts is answered as an error of inventory',
    "    case 'TOO_MANY_PARTS':\n      return { kind: 'tooManyParts', cells, max };\n",
    '',
  ),
  memory(
    'what was sold out is remembered outside a rush',
    '      const available = this.#isRush(demand, now)\n        ? fresh(this.#soldOut, placeOf(demand), now)\n        : undefined;',
    '      const available =\n        this.#isRush(demand, now) || true ? fresh(this.#soldOut, placeOf(demand), now) : undefined;',
  ),
  memory(
    'rejections of any time make a rush',
    '    return (\n      oldest !== undefined &&\n      others.length + 1 === RUSH_REJECTIONS_MIN &&\n      now - oldest < RUSH_MILLISECONDS\n    );',
    '    return oldest !== undefined && others.length + 1 === RUSH_REJECTIONS_MIN;',
  ),
  memory(
    'a rush ends by the rejections that were made without a read',
    '      if (available === undefined || available >= demand.quantity) return [];\n      this.#countRejection(demand, now);\n',
    '      if (available === undefined || available >= demand.quantity) return [];\n',
  ),
  ofBook('domain/audit/repair-reservation')(
    'a repair of a cell that has changed is rejected for good',
    "    if (hasMoved(state, reservation, command)) return refused({ kind: 'movedOn' });\n",
    '',
  ),
  ofRuns('adapters/sqs-queues')(
    'work that its queue took in part is an error',
    '      throw Failed.some(({ SenderFault }) => SenderFault)\n        ? new Error(message)\n        : new RetryLater(message);',
    '      throw new Error(message);',
  ),
];
