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
    'a record is read whose attributes name another key',
    '!== item.pk || (named.sk ?? item.sk) !== item.sk)',
    "=== 'never')",
  ),
  inReadRecord(
    'one unreadable record prevents reading the others',
    '      unreadable.push(error.record);',
    '      throw error;',
  ),
  inShared('events/event-publisher', READ_RECORD_TESTS)(
    'a record corrected by hand is published as new',
    '    return unreadable.length > 0 ? [] : eventsOf',
    '    return unreadable.length < 0 ? [] : eventsOf',
  ),
  inShared('http/middleware/problem-details', PROBLEM_DETAILS_TESTS)(
    'a route does not report that a record is damaged',
    '    return error instanceof UnreadableRecordError\n',
    '    return error === undefined\n',
  ),
  scanPage(
    'an order is checked although its reservation or payment is unreadable',
    '!unreadableReservations.has(order.orderId) && !unreadablePayments.has(paymentIdOf(order))',
    "order.orderId !== ''",
  ),
  scanPage(
    'a payment whose order is unreadable is reported as having no order',
    '      .filter(({ orderId }) => !broken.has(orderId))',
    "      .filter(({ orderId }) => orderId !== '')",
  ),
  inReconciliation('use-cases/cells/scan-cells')(
    'a reservation whose order is unreadable is reported as having no order',
    '!broken.has(id) && !isConfirmed',
    '!isConfirmed',
  ),
  inReconciliation('domain/checks/check-records')(
    'a run closes findings that it could not check',
    '  return unreadableSubjects.some(',
    '  return unreadableSubjects.slice(0, 0).some(',
  ),
  inReconciliation('use-cases/runs/retry-segment')(
    'a run whose progress is unreadable stays running',
    "  if (run?.status !== 'RUNNING') return;",
    "  if (run?.status !== 'COMPLETED') return;",
  ),
  inCells('domain/audit/audit-cell')(
    'a cell is repaired although one of its entry records is unreadable',
    'books.unreadable.size === 0',
    'books.unreadable.size >= 0',
  ),
  inCells('domain/audit/missing-records')(
    'an unreadable reservation is reported as missing',
    '!unreadable.has(`reservation:',
    '!reservations.has(`reservation:',
  ),
  inDeadLetters('domain/assessment')(
    'a message is assessed by an unreadable order',
    'if (order === UNREADABLE || reservation === UNREADABLE)',
    "if (order === '')",
  ),
  restoreReservation(
    'restoring a lost record overwrites an existing one',
    '  if (reservation !== undefined) {',
    '  if (reservation === null) {',
  ),
  restoreReservation(
    'a lost record is restored with other units than its order has',
    'if (found === undefined || !hasOrderedUnits(found.lines, command)) return undefined;',
    'if (found === undefined) return undefined;',
  ),
  restoreReservation(
    'a lost record is not restored when its steps have the same time',
    "movements.find(({ kind }) => kind === 'RESERVED')",
    "movements.find(({ kind }, place) => place === 0 && kind === 'RESERVED')",
  ),
  inBook('domain/audit/balance-replay')(
    'a reservation is closed by the clock instead of its steps',
    "  one === 'SHIPPED' || (one",
    "  one === 'RECEIVED' || (one",
  ),
  inBook('domain/audit/balance-replay')(
    'a clock ahead of time reopens a released reservation',
    "(one === 'RELEASED' && other !== 'SHIPPED')",
    "(one === 'RECEIVED' && other !== 'SHIPPED')",
  ),
  inContracts('api/repair', [['test/unit/contracts/repairs']])(
    'a reservation is restored from two lines of one SKU',
    'sku)).size === lines.length',
    'sku)).size <= lines.length',
  ),
  inReconciliation('domain/finding')(
    'a stale read of a run reopens a finding that the run repaired',
    "  if (finding?.status === 'REPAIRED' && isFromThisRun) return finding;",
    "  if (finding?.status === 'DISMISSED' && isFromThisRun) return finding;",
  ),
  inOrders('adapters/order-records')(
    'no product of the index can be read',
    '{ ...item, type: PRODUCT.name }',
    '{ ...item }',
  ),
  restoreReservation(
    'a restored record repeats a version whose movements exist',
    'Number(STEP_VERSION_PATTERN.exec(movementId)?.[1] ?? 0)',
    'Number(STEP_VERSION_PATTERN.exec(movementId)?.[9] ?? 0)',
  ),
  inBook('domain/ledger/events')(
    'a restored record is published a second time',
    '  if (before === undefined && after.repairs?.at(-1)?.action === RESTORE_ACTION) return [];\n',
    '',
  ),
  inCells('domain/audit/repair-reservation')(
    'more held units are released than the cell contains',
    ' && hasHeldUnits(reservation, cells, found.heldUntil)',
    '',
  ),
  sagaAge(
    'a saga past its retention counts as never started',
    "reported === 'NOT_STARTED' && isPastRetention(order, now) ? 'NOT_RETAINED' : reported",
    'isPastRetention(order, now + Number.NEGATIVE_INFINITY) ? reported : reported',
  ),
  sagaAge(
    'a saga past its retention is started again under its name',
    'STATUSES_WITH_SAGA.has(order.status) && !isPastRetention(order, now)',
    'STATUSES_WITH_SAGA.has(order.status)',
  ),
  sagaAge(
    'the saga of a closed order is started again',
    'STATUSES_WITH_SAGA.has(order.status) && !isPastRetention(order, now)',
    '!isPastRetention(order, now)',
  ),
  inOrders('use-cases/staff/erase-customer')(
    'an order that the index does not contain yet is not erased',
    '    ...(claimedHolds?.holds ?? []).map(({ orderId }) => orderId),\n',
    '',
  ),
  inReconciliation('domain/checks/check-cells')(
    'two missing movements of one cell are one finding',
    'subject: isCertain\n          ? `cell:',
    'subject: isCertain || !isCertain\n          ? `cell:',
  ),
  inReconciliation('domain/checks/check-orders')(
    'the policy cancels an order whose saga may be past its retention',
    "isSafe: execution !== 'NOT_RETAINED',",
    "isSafe: execution !== 'RUNNING',",
  ),
  inReconciliation('domain/checks/check-cells')(
    'a doubtful balance is rebuilt without approval',
    'isSafe: disagreement.doubt === undefined,',
    'isSafe: true,',
  ),
];
