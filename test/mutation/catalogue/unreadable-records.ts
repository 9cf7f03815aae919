import {
  inBook,
  inCells,
  inContracts,
  inDeadLetters,
  inOrders,
  inReconciliation,
  inShared,
  type Mutant,
} from '../mutant.ts';

const READ_RECORD_TESTS = [['test/property/records', 'test/unit/inventory/ledger/events']];
const PROBLEM_DETAILS_TESTS = [['test/unit/shared/http/middleware/problem-details']];
const scanPage = inReconciliation('use-cases/runs/scan-page');
const inReadRecord = (name: string, from: string, to: string) =>
  inShared('dynamodb/read-record', READ_RECORD_TESTS)(name, from, to);
const restoreReservation = inBook('domain/reservations/restore-reservation');
const sagaAge = inOrders('domain/saga-retention');

/**
 * Guards that keep one damaged record from stopping, or misleading, everything else; and the
 * repairs of pairs of drifts.
 */
export const UNREADABLE_RECORD_MUTANTS: readonly Mutant[] = [
  inReadRecord(
    'a record is read whatever key its attributes name',
    '!== item.pk || (named.sk ?? item.sk) !== item.sk)',
    "=== 'never')",
  ),
  inReadRecord(
    'one record that cannot be read keeps the others from being read',
    '      unreadable.push(error.record);',
    '      throw error;',
  ),
  inShared('events/event-publisher', READ_RECORD_TESTS)(
    'a record that was mended by hand is published as new',
    '    return unreadable.length > 0 ? [] : eventsOf',
    '    return unreadable.length < 0 ? [] : eventsOf',
  ),
  inShared('http/middleware/problem-details', PROBLEM_DETAILS_TESTS)(
    'a route on a damaged record says nothing of it',
    '    return error instanceof UnreadableRecordError\n',
    '    return error === undefined\n',
  ),
  scanPage(
    'an order is judged though its reservation or payment cannot be read',
    '!unreadableReservations.has(order.orderId) && !unreadablePayments.has(paymentIdOf(order))',
    "order.orderId !== ''",
  ),
  scanPage(
    'a payment whose order cannot be read has no order',
    '      .filter(({ orderId }) => !broken.has(orderId))',
    "      .filter(({ orderId }) => orderId !== '')",
  ),
  inReconciliation('use-cases/cells/scan-cells')(
    'a reservation whose order cannot be read has no order',
    '!broken.has(id) && !isConfirmed',
    '!isConfirmed',
  ),
  inReconciliation('domain/checks/check-records')(
    'a run closes what it could not judge',
    '  return unreadableSubjects.some(',
    '  return unreadableSubjects.slice(0, 0).some(',
  ),
  inReconciliation('use-cases/runs/retry-segment')(
    'a run that cannot read how far it has come stays under way',
    "  if (run?.status !== 'RUNNING') return;",
    "  if (run?.status !== 'COMPLETED') return;",
  ),
  inCells('domain/audit/audit-cell')(
    'a cell is repaired though a marker of it cannot be read',
    'books.unreadable.size === 0',
    'books.unreadable.size >= 0',
  ),
  inCells('domain/audit/missing-records')(
    'a reservation that cannot be read is a missing one',
    '!unreadable.has(`reservation:',
    '!reservations.has(`reservation:',
  ),
  inDeadLetters('domain/assessment')(
    'a message is judged by an order that cannot be read',
    'if (order === UNREADABLE || reservation === UNREADABLE)',
    "if (order === '')",
  ),
  restoreReservation(
    'a lost record is written over one that is there',
    '  if (reservation !== undefined) {',
    '  if (reservation === null) {',
  ),
  restoreReservation(
    'a lost record is written with other units than its order has',
    '  if (status === undefined || lines.length < traces.length || !hasOrderedUnits(lines, command))\n    return undefined;',
    '  if (status === undefined || lines.length < traces.length) return undefined;',
  ),
  restoreReservation(
    'a lost record is not restored where its steps have one time',
    "movements.find(({ kind }) => kind === 'RESERVED')",
    "movements.find(({ kind }, place) => place === 0 && kind === 'RESERVED')",
  ),
  inBook('domain/audit/balance-replay')(
    'a reservation is over by the clock and not by its steps',
    "  one === 'SHIPPED' || (one",
    "  one === 'RECEIVED' || (one",
  ),
  inBook('domain/audit/balance-replay')(
    'a released reservation is open again by a clock that was ahead',
    "(one === 'RELEASED' && other !== 'SHIPPED')",
    "(one === 'RECEIVED' && other !== 'SHIPPED')",
  ),
  inContracts('api/repair', [['test/unit/contracts/repairs']])(
    'a reservation is restored from two lines of one SKU',
    'sku)).size === lines.length',
    'sku)).size <= lines.length',
  ),
  inReconciliation('domain/finding')(
    'a stale look of a run opens what the run has repaired',
    "  if (finding?.status === 'REPAIRED' && isFromThisRun) return finding;",
    "  if (finding?.status === 'DISMISSED' && isFromThisRun) return finding;",
  ),
  inOrders('adapters/order-records')(
    'no product of the index can be read',
    '{ ...item, type: PRODUCT.name }',
    '{ ...item }',
  ),
  restoreReservation(
    'a restored record may be of a version that named its movements',
    'Number(STEP_VERSION_PATTERN.exec(movementId)?.[1] ?? 0)',
    'Number(STEP_VERSION_PATTERN.exec(movementId)?.[9] ?? 0)',
  ),
  inBook('domain/ledger/events')(
    'a restored record is published a second time',
    '  if (before === undefined && after.repairs?.at(-1)?.action === RESTORE_ACTION) return [];\n',
    '',
  ),
  inCells('domain/audit/repair-reservation')(
    'units are let go that the cell does not hold',
    ' && hasHeldUnits(reservation, cells, first.heldUntil)',
    '',
  ),
  sagaAge(
    'a saga that may be forgotten is one that was never started',
    "reported === 'NOT_STARTED' && isPastRetention(order, now) ? 'NOT_RETAINED' : reported",
    'isPastRetention(order, now + Number.NEGATIVE_INFINITY) ? reported : reported',
  ),
  sagaAge(
    'a saga that may be forgotten is started again under its name',
    'STATUSES_WITH_SAGA.has(order.status) && !isPastRetention(order, now)',
    'STATUSES_WITH_SAGA.has(order.status)',
  ),
  sagaAge(
    'a saga of an order that is over is started again',
    'STATUSES_WITH_SAGA.has(order.status) && !isPastRetention(order, now)',
    '!isPastRetention(order, now)',
  ),
  inOrders('use-cases/staff/erase-customer')(
    'an order that the index does not show yet is not erased',
    '    ...(claimedHolds?.holds ?? []).map(({ orderId }) => orderId),\n',
    '',
  ),
  inReconciliation('domain/checks/check-cells')(
    'two movements that are missing in one cell are one finding',
    'subject: isCertain\n          ? `cell:',
    'subject: isCertain || !isCertain\n          ? `cell:',
  ),
  inReconciliation('domain/checks/check-orders')(
    'an order is cancelled by policy though its saga may be forgotten',
    "isSafe: execution !== 'NOT_RETAINED',",
    "isSafe: execution !== 'RUNNING',",
  ),
  inReconciliation('domain/checks/check-cells')(
    'a doubtful balance is rebuilt without a person',
    'isSafe: disagreement.doubt === undefined,',
    'isSafe: true,',
  ),
];
