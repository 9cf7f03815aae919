import {
  type Mutant,
  ofBook,
  ofCells,
  ofContracts,
  ofOperations,
  ofOrders,
  ofRuns,
  ofShared,
} from '../mutant.ts';

const READING = [['test/property/records', 'test/unit/inventory/ledger/events']];
const HTTP = [['test/unit/shared/http/http-handler']];
const walking = ofRuns('use-cases/walk-page');
const reading = (name: string, from: string, to: string) =>
  ofShared('dynamodb/read-record', READING)(name, from, to);
const restoring = ofBook('domain/reservations/restore-reservation');
const sagaAge = ofOrders('domain/saga-age');

/** What keeps one damaged record from stopping, or misleading, everything else; and the repairs of pairs of drifts. */
export const OF_UNREADABLE: readonly Mutant[] = [
  reading(
    'a record is read whatever key its attributes name',
    '!== item.pk || (named.sk ?? item.sk) !== item.sk)',
    "=== 'never')",
  ),
  reading(
    'one record that cannot be read keeps the others from being read',
    '      unreadable.push(error.unreadable);',
    '      throw error;',
  ),
  ofShared('events/event-bus', READING)(
    'a record that was mended by hand is published as new',
    '    return unreadable.length > 0 ? [] : eventsOf',
    '    return unreadable.length < 0 ? [] : eventsOf',
  ),
  ofShared('http/http-handler', HTTP)(
    'a route on a damaged record says nothing of it',
    '      return error instanceof UnreadableRecord\n',
    '      return error === undefined\n',
  ),
  walking(
    'an order is judged though its reservation or payment cannot be read',
    '!brokenReservations.has(order.orderId) && !brokenPayments.has(attemptOf(order))',
    "order.orderId !== ''",
  ),
  walking(
    'a payment whose order cannot be read has no order',
    '      .filter(({ orderId }) => !broken.has(orderId))',
    "      .filter(({ orderId }) => orderId !== '')",
  ),
  ofRuns('use-cases/walk-cells')(
    'a reservation whose order cannot be read has no order',
    '!broken.has(id) && !isTaking',
    '!isTaking',
  ),
  ofRuns('domain/check-records')(
    'a run closes what it could not judge',
    '  return unreadable.some(',
    '  return unreadable.slice(0, 0).some(',
  ),
  ofRuns('use-cases/work')(
    'a run that cannot read how far it has come stays under way',
    "  if (run?.status !== 'RUNNING') return;",
    "  if (run?.status !== 'COMPLETED') return;",
  ),
  ofCells('domain/audit/audit-cell')(
    'a cell is repaired though a marker of it cannot be read',
    'books.unreadable.size === 0',
    'books.unreadable.size >= 0',
  ),
  ofCells('domain/audit/audit-markers')(
    'a reservation that cannot be read is a missing one',
    '!unreadable.has(`reservation:',
    '!reservations.has(`reservation:',
  ),
  ofOperations('domain/judgement')(
    'a message is judged by an order that cannot be read',
    'if (order === UNREADABLE || reservation === UNREADABLE)',
    "if (order === '')",
  ),
  restoring(
    'a lost record is written over one that is there',
    '  if (reservation !== undefined) {',
    '  if (reservation === null) {',
  ),
  restoring(
    'a lost record is written with other units than its order has',
    '  if (said === undefined || lines.length < traces.length || !hasUnitsOf(lines, command))\n    return undefined;',
    '  if (said === undefined || lines.length < traces.length) return undefined;',
  ),
  restoring(
    'a lost record is not restored where its steps have one time',
    "movements.find(({ kind }) => kind === 'RESERVED')",
    "movements.find(({ kind }, place) => place === 0 && kind === 'RESERVED')",
  ),
  ofBook('domain/audit/tally')(
    'a reservation is over by the clock and not by its steps',
    "  one === 'SHIPPED' || (one",
    "  one === 'RECEIVED' || (one",
  ),
  ofBook('domain/audit/tally')(
    'a released reservation is open again by a clock that was ahead',
    "(one === 'RELEASED' && other !== 'SHIPPED')",
    "(one === 'RECEIVED' && other !== 'SHIPPED')",
  ),
  ofContracts('repair-api', [['test/unit/contracts/repairs']])(
    'a reservation is restored from two lines of one SKU',
    'sku)).size === lines.length',
    'sku)).size <= lines.length',
  ),
  ofRuns('domain/finding')(
    'a stale look of a run opens what the run has repaired',
    "  if (before?.status === 'REPAIRED' && isOfThisRun) return before;",
    "  if (before?.status === 'DISMISSED' && isOfThisRun) return before;",
  ),
  ofOrders('adapters/order-records')(
    'no product of the index can be read',
    '{ ...item, type: PRODUCT.name }',
    '{ ...item }',
  ),
  restoring(
    'a restored record may be of a version that named its movements',
    'Number(NUMBERED.exec(movementId)?.[1] ?? 0)',
    'Number(NUMBERED.exec(movementId)?.[9] ?? 0)',
  ),
  ofBook('domain/ledger/events')(
    'a restored record is published a second time',
    '  if (before === undefined && after.repairs?.at(-1)?.action === RESTORE) return [];\n',
    '',
  ),
  ofCells('domain/audit/repair-reservation')(
    'units are let go that the cell does not hold',
    ' && areHeld(reservation, cells, first.heldUntil)',
    '',
  ),
  sagaAge(
    'a saga that may be forgotten is one that was never started',
    "found === 'NOT_STARTED' && isOld(order, now) ? 'FORGOTTEN' : found",
    'isOld(order, now + Number.NEGATIVE_INFINITY) ? found : found',
  ),
  sagaAge(
    'a saga that may be forgotten is started again under its name',
    'WORKING.has(order.status) && !isOld(order, now)',
    'WORKING.has(order.status)',
  ),
  sagaAge(
    'a saga of an order that is over is started again',
    'WORKING.has(order.status) && !isOld(order, now)',
    '!isOld(order, now)',
  ),
  ofOrders('use-cases/erase-customer')(
    'an order that the index does not show yet is not erased',
    '    ...(claimed?.holds ?? []).map(({ orderId }) => orderId),\n',
    '',
  ),
  ofRuns('domain/check-cells')(
    'two movements that are missing in one cell are one finding',
    'subject: isCertain ? `cell:',
    'subject: isCertain || !isCertain ? `cell:',
  ),
  ofRuns('domain/check-orders')(
    'an order is cancelled by policy though its saga may be forgotten',
    "isSafe: execution !== 'FORGOTTEN',",
    "isSafe: execution !== 'RUNNING',",
  ),
  ofRuns('domain/check-cells')(
    'a doubtful balance is rebuilt without a person',
    'isSafe: found.doubt === undefined,',
    'isSafe: true,',
  ),
];
