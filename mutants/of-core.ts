import { type Mutant, ofBook, ofCells, ofRuns } from './mutant.ts';

const changeBook = ofCells('use-cases/change-book');

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
    '  if (isStep && reservation?.version !== state.reservation?.version) return undefined;\n',
    '',
  ),
  changeBook('a preparation uses up a try', 'prepared === PREPARATIONS_MAX', 'prepared >= 0'),
  ofCells('domain/decision')(
    'slots within the grace time are not counted before a decision',
    '  if (lapsedSlots(cell, context.now).length <= FOLDED_SLOTS_MAX) return undefined;',
    '  if (lapsedSlots(cell, context.now, FOLD_GRACE_SECONDS).length <= FOLDED_SLOTS_MAX) return undefined;',
  ),
  ofCells('domain/cell-change')(
    'a cell is chosen for more than one change can take from it',
    'cell.available + unitsIn(cell, lapsedSlots(cell, now).slice(0, FOLDED_SLOTS_MAX));',
    'cell.available + unitsIn(cell, lapsedSlots(cell, now));',
  ),
  ofBook('domain/repair-reservation')(
    'a repair of a cell that has changed is rejected for good',
    "    if (hasMoved(state, reservation, command)) return refused({ kind: 'movedOn' });\n",
    '',
  ),
  ofRuns('adapters/sqs-queues')(
    'work that its queue took in part is an error',
    'throw Failed.some(({ SenderFault }) => SenderFault) ? new Error(message) : new RetryLater(message);',
    'throw new Error(message);',
  ),
];
