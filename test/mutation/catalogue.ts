import { APPROVAL_MUTANTS } from './catalogue/approvals.ts';
import { CELL_MUTANTS } from './catalogue/cells.ts';
import { CORE_MUTANTS } from './catalogue/core.ts';
import { COUNT_MUTANTS } from './catalogue/counts.ts';
import { DELIVERY_MUTANTS } from './catalogue/delivery.ts';
import { IDENTITY_MUTANTS } from './catalogue/identity.ts';
import { MONITORING_MUTANTS } from './catalogue/monitoring.ts';
import { ORDER_MUTANTS } from './catalogue/orders.ts';
import { PAYMENT_MUTANTS } from './catalogue/payments.ts';
import { READ_MUTANTS } from './catalogue/reads.ts';
import { RUNTIME_MUTANTS } from './catalogue/runtime.ts';
import { STACK_MUTANTS } from './catalogue/stacks.ts';
import { STREAM_MUTANTS } from './catalogue/streams.ts';
import { UNREADABLE_RECORD_MUTANTS } from './catalogue/unreadable-records.ts';
import {
  inBook,
  inCli,
  inDeadLetters,
  inOrders,
  inPayments,
  inReconciliation,
  inShared,
  inTemplates,
  type Mutant,
} from './mutant.ts';

const transaction = inBook('adapters/change-to-transaction');
const store = inBook('adapters/dynamo-stock-store');
const cellChange = inBook('domain/ledger/cell-plan');
const changeBook = inBook('use-cases/execute-command');
const mergeChanges = inBook('domain/ledger/merge-changes');
const settleReservations = inBook('use-cases/reservations/group-commit');
const decideReserve = inBook('domain/reservations/reserve');
const decideRelease = inBook('domain/reservations/release');
const decideExtend = inBook('domain/reservations/extend');
const stockEntry = inBook('domain/stock/stock-entry');
const customerSteps = inOrders('domain/customer-steps');
const sagaSteps = inOrders('domain/saga-steps');
const authorizePayment = inPayments('use-cases/authorize-payment');
const capturePayment = inPayments('use-cases/capture-payment');
const reversePayment = inPayments('use-cases/reverse-payment');
const repairClaims = inReconciliation('adapters/repair-claims');
const orderSaga = inTemplates('constructs/saga/order-saga');
const sagaStepStates = inTemplates('constructs/saga/saga-steps');
const eventSubscription = inTemplates('constructs/messaging/event-subscription');

/**
 * Every condition, record, deduplication, ownership check, guard and status check that a claim of
 * docs/CORRECTNESS.md needs.
 */
export const CATALOGUE: readonly Mutant[] = [
  // The transaction: what must hold when it is written.
  transaction(
    'a marker may be written over another',
    '      ? { Item: { ...operationItem(record.operation) }, ...ifVersion(undefined) }',
    '      ? { Item: { ...operationItem(record.operation) } }',
  ),
  transaction(
    'a reservation may be written over another version',
    '      : {\n          Item: { ...reservationItem(record.after, change) },\n          ...ifVersion(record.expectedVersion),\n        }),',
    '      : { Item: { ...reservationItem(record.after, change) } }),',
  ),
  transaction(
    'a marker that is there is not told',
    "    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',",
    '',
  ),
  transaction(
    'a new balance may be written over another',
    '      updatedAt: toIso(change.at),\n    },\n    ...ifVersion(undefined),',
    '      updatedAt: toIso(change.at),\n    },',
  ),
  transaction(
    'more may be taken than is available',
    '  if (guard.availableMin)\n    conditions.push(`available',
    '  if (guard.availableMin && false)\n    conditions.push(`available',
  ),
  transaction(
    'more may be taken than is committed',
    '  if (guard.committedMin)\n    conditions.push(`committed',
    '  if (guard.committedMin && false)\n    conditions.push(`committed',
  ),
  transaction(
    'more may be taken from a slot than it holds',
    '    conditions.push(`${bucketPath(bucket)} >= ${number(`min${bucket}`, units)}`);',
    '    bucketPath(bucket);',
  ),
  transaction(
    'a hold may be put into a slot that was folded',
    '  if (guard.expiredThroughBelow !== undefined)\n',
    '  if (guard.expiredThroughBelow !== undefined && false)\n',
  ),
  transaction(
    'a late rescue does not ask whether its slot was folded',
    '  if (guard.expiredThroughMin !== undefined)',
    '  if (guard.expiredThroughMin !== undefined && false)',
  ),
  transaction(
    'a fold does not ask for the version',
    '  if (guard.version !== undefined)',
    '  if (guard.version !== undefined && false)',
  ),
  transaction(
    'a count does not ask for the last count',
    "    conditions.push('lastCount.countId = :lastCountId');\n    values[':lastCountId'] = guard.lastCountId;",
    '',
  ),
  transaction(
    'a change is written without its movements',
    '        .filter(({ cellChange }) => cellChange.movements.length > 0)',
    '        .filter(({ cellChange }) => cellChange.movements.length > 99)',
  ),
  sagaSteps(
    'a payment captured too early is forgotten',
    "    return err({ kind: 'tooEarly' });",
    '    return unexpectedStatus(order);',
  ),
  // Several changes as one.
  mergeChanges(
    'what is taken together need not be there together',
    '  heldMin: addUnits(a.heldMin ?? {}, b.heldMin ?? {}),\n  ...',
    '  heldMin: a.heldMin ?? {},\n  ...',
  ),
  mergeChanges('a fold is written with others', '      expiredBuckets.length === 0 &&\n', ''),
  mergeChanges(
    'more actions than a transaction has',
    '<= TRANSACTION_ACTIONS_MAX)\n      last',
    '<= 9 * TRANSACTION_ACTIONS_MAX)\n      last',
  ),
  settleReservations(
    'what was refused together counts as done',
    "return outcome === 'applied';",
    'return true;',
  ),
  settleReservations(
    'a repeat in a batch is written with the first',
    '  const first = commands.filter(\n    ({ reservationId }, index) =>\n      commands.findIndex((one) => one.reservationId === reservationId) === index,\n  );',
    '  const first = commands.filter(() => true);',
  ),
  // What its refusal says.
  store('a conflict counts as a refusal', "  'TransactionConflict',\n", ''),
  store(
    'only the first reason is read',
    "  if (!codes.includes('ConditionalCheckFailed')) {",
    "  if (codes[0] !== 'ConditionalCheckFailed') {",
  ),
  store(
    'an unknown outcome counts as a fault',
    "      if (isTransient(error)) return { outcome: 'busy' };\n",
    '',
  ),
  changeBook(
    'a refusal is not looked at once more',
    '    if (shortages === undefined) return { decision, isExact: true };',
    '    if (shortages !== null) return { decision, isExact: true };',
  ),
  changeBook(
    'what stays overdue is not folded first',
    "    if (overdue !== undefined) return { next: 'prepare', change: overdue };\n",
    '',
  ),
  // The rules of the book.
  cellChange(
    'units are taken that are not there',
    '  if (cell.available + expiredUnits < quantity) return undefined;',
    '  if (cell.available + expiredUnits < 0) return undefined;',
  ),
  cellChange(
    'a fold forgets the watermark’s guard',
    '      ...(buckets.length === 0 ? {} : { version: cell.version }),',
    '',
  ),
  cellChange('committed units are taken unguarded', '    guard: { committedMin: quantity },', ''),
  cellChange(
    'held units are taken though their slot was folded',
    '      expiredThroughBelow: Math.min(bucket, to.bucket ?? bucket),\n',
    '',
  ),
  decideReserve(
    'a repeat is another reservation',
    '  if (state.reservation !== undefined) return replayReserve(state.reservation, command);\n',
    '',
  ),
  decideReserve(
    'another request under the same id gets the first answer',
    "  if (reservation.fingerprint !== fingerprint) return reject({ kind: 'keyReused' });\n",
    '',
  ),
  decideReserve(
    'what was released before can be reserved',
    "  if (reservation.fingerprint === undefined) return reject({ kind: 'alreadyReleased' });\n",
    '',
  ),
  decideRelease(
    'a release that comes first leaves no tombstone',
    "      { reservationId: command.reservationId, changes: { status: 'RELEASED' } },",
    "      { reservationId: `${command.reservationId}-none`, changes: { status: 'RELEASED' } },",
  ),
  decideRelease(
    'shipped units can be released',
    "    case 'FULFILLED':\n      return reject({ kind: 'alreadyFulfilled' });\n",
    '',
  ),
  decideRelease(
    'a hold that was folded is given back once more',
    '    return cell.expiredThrough < bucket',
    '    return cell.expiredThrough >= 0',
  ),
  decideExtend(
    'a repeat extends again',
    '  if (earlier !== undefined) {',
    '  if (earlier !== undefined && false) {',
  ),
  decideExtend(
    'a released hold can be extended',
    "  if (status === 'RELEASED' || status === 'EXPIRED') return reject({ kind: 'expired' });\n",
    '',
  ),
  decideExtend(
    'a folded hold is extended out of its slot',
    '    if (cell.expiredThrough < bucket) {',
    '    if (cell.expiredThrough < bucket || true) {',
  ),
  inBook('domain/reservations/ship')(
    'a shipment that is told twice ships twice',
    "  if (reservation?.status === 'FULFILLED') return { next: 'replay', value: reservation };\n  if (reservation?.status !== 'COMMITTED') {",
    '  if (reservation === undefined) {',
  ),
  stockEntry(
    'a receipt that is sent twice counts twice',
    '  if (operation === undefined) return undefined;',
    '  if (operation !== undefined || operation === undefined) return undefined;',
  ),
  stockEntry(
    'another receipt under the same key gets the first answer',
    "  if (operation.fingerprint !== fingerprint) return reject({ kind: 'keyReused' });\n",
    '',
  ),
  inBook('domain/stock/count-stock')(
    'a count is posted over a later one',
    "  if (lastCount?.countId !== command.lastCountId)\n    return rejectUnconfirmed({ kind: 'versionConflict' });\n",
    '',
  ),
  ...CELL_MUTANTS,
  ...COUNT_MUTANTS,
  ...READ_MUTANTS,
  ...IDENTITY_MUTANTS,
  ...RUNTIME_MUTANTS,
  ...STACK_MUTANTS,
  ...STREAM_MUTANTS,
  ...UNREADABLE_RECORD_MUTANTS,
  ...CORE_MUTANTS,
  ...DELIVERY_MUTANTS,
  ...MONITORING_MUTANTS,
  ...ORDER_MUTANTS,
  ...PAYMENT_MUTANTS,
  // Orders.
  inOrders('use-cases/change-order')(
    'everybody may change every order',
    'order.customerId === customerId ? decide(order)',
    'order.customerId !== undefined ? decide(order)',
  ),
  inOrders('use-cases/checkout/pay-order')(
    'everybody may have every hold extended',
    'order === undefined || order.customerId !== command.customerId',
    'order === undefined',
  ),
  customerSteps(
    'a payment that is sent twice is two attempts',
    '  const before = order.requests[operationId];\n  if (before === undefined) return undefined;',
    '  const before = order.requests[`${operationId}-none`];\n  if (before === undefined) return undefined;',
  ),
  customerSteps(
    'an order can be paid in every status',
    "  if (order.status !== 'PENDING_PAYMENT' || attempts",
    '  if (attempts',
  ),
  customerSteps(
    'an order under way can be cancelled',
    "    case 'PAYING':\n    case 'CONFIRMED':\n    case 'NEEDS_ATTENTION':\n      return err({ kind: 'inProgress' });",
    "    case 'PAYING':\n    case 'CONFIRMED':\n    case 'NEEDS_ATTENTION':\n      return toChangedOrder(applyOrderChange(order, { status: 'CANCELLED' }, command.now, reason));",
  ),
  customerSteps(
    'an unpaid order can be fulfilled',
    "  if (order.status !== 'COMPLETED') {",
    "  if (order.status === 'CANCELLED') {",
  ),
  customerSteps(
    'an order that is not parked can be resumed',
    "  if (order.status !== 'NEEDS_ATTENTION') {",
    "  if (order.status === 'CANCELLED') {",
  ),
  sagaSteps(
    'a step of an older attempt is taken for this one’s',
    '  payment?.attempt === attempt;',
    '  payment?.attempt === attempt || attempt > 0;',
  ),
  sagaSteps(
    'an order that is not paying can be confirmed',
    "  if (order.status !== 'PAYING') return unexpectedStatus(order);\n  return toChangedOrder(\n    applyOrderChange(\n      order,\n      { status: 'CONFIRMED'",
    "  return toChangedOrder(\n    applyOrderChange(\n      order,\n      { status: 'CONFIRMED'",
  ),
  sagaSteps(
    'a cancelled order can be completed',
    "  if (status !== 'CONFIRMED' || stockOutcome",
    '  if (stockOutcome',
  ),
  sagaSteps(
    'an order is completed though its stock was not taken',
    "status !== 'CONFIRMED' || stockOutcome?.status !== 'committed')",
    "status !== 'CONFIRMED')",
  ),
  sagaSteps(
    'a completed order is compensated',
    "      return err({ kind: 'alreadyCompleted' });",
    "      return toChangedOrder(applyOrderChange(order, { status: 'CANCELLING' }, now, reason));",
  ),
  sagaSteps(
    'an order that is not being cancelled can be concluded',
    "  if (order.status !== 'CANCELLING') return unexpectedStatus(order);\n",
    '',
  ),
  sagaSteps(
    'a second answer of inventory replaces the first',
    '  return order.stockOutcome === undefined\n    ? toChangedOrder(applyOrderChange(order, { stockOutcome }, now))\n    : toUnchangedOrder(order);',
    '  return order.version > 0 ? toChangedOrder(applyOrderChange(order, { stockOutcome }, now)) : toUnchangedOrder(order);',
  ),
  inOrders('use-cases/saga/saga-steps')(
    'an answer that came before the confirmation is not passed on',
    '  if (result.ok) await reportStockOutcome(callback, result.value);\n  return toStatusResult',
    '  return toStatusResult',
  ),
  inOrders('adapters/step-functions')(
    'a saga that was started before is an error',
    'if (!(error instanceof ExecutionAlreadyExists)) throw error;',
    'throw error;',
  ),
  inOrders('adapters/dynamo-order-store')(
    'an order that exists counts as created',
    '    return existing && toOrder(existing);',
    '    return existing && undefined;',
  ),
  inOrders('adapters/dynamo-customer-hold-store')(
    'a customer may hold any number of orders',
    'openHolds < :holds AND ',
    ':holds = :holds AND ',
  ),
  inOrders('adapters/dynamo-customer-hold-store')(
    'a customer may hold any number of units',
    ' AND openUnits <= :left))',
    ' AND :left = :left))',
  ),
  inOrders('adapters/dynamo-customer-hold-store')(
    'claims that were made meanwhile are struck out',
    "          },\n          ConditionExpression: '#version = :version',",
    "          },\n          ConditionExpression: '#version = :version OR :version = :version',",
  ),
  // Payments.
  authorizePayment(
    'an earlier try is not looked up',
    '  const earlierRecord = isFirst ? undefined : await resultIfKnown(lookup);',
    '  const earlierRecord = undefined as Awaited<ReturnType<typeof lookup>> | undefined;',
  ),
  authorizePayment(
    'a settled attempt is authorized again',
    "  if (payment.status !== 'PENDING' && payment.status !== 'REQUIRES_ACTION')\n    return resultOf(payment);",
    '',
  ),
  capturePayment(
    'a voided payment can be captured',
    "  if (payment.status !== 'AUTHORIZED')\n    return err({ kind: 'captureFailed', code: payment.status.toLowerCase() });\n",
    '',
  ),
  capturePayment(
    'a capture without an answer counts as failed',
    "found.status === 'authorized') return err({ kind: 'outcomeUnknown' });",
    "found.status === 'authorized') return err({ kind: 'captureFailed', code: 'lost' });",
  ),
  reversePayment(
    'an attempt that never began is not closed',
    '  return (await payments.save(voided)) ? voided',
    '  return voided.version > 0 ? voided',
  ),
  reversePayment(
    'a captured payment is voided',
    '    ? provider.refund(attemptKeyOf(payment), nextRefundOf(payment))\n',
    '    ? provider.void(attemptKeyOf(payment))\n',
  ),
  inPayments('adapters/sandbox-provider')(
    'the provider captures what was not authorized',
    "    if (isAuthorized) await this.#records.transition(key, before.status, 'captured');",
    "    await this.#records.transition(key, before?.status ?? 'authorized', 'captured');",
  ),
  // What all contexts share.
  inShared('dynamodb/table', [
    ['test/integration/orders'],
    ['test/fault-injection/orders', 'test/chaos'],
  ])(
    'a new record is written over another',
    "          ConditionExpression: 'attribute_not_exists(pk)',\n",
    '',
  ),
  inShared('dynamodb/put-version', [
    ['test/unit/orders', 'test/unit/payments'],
    ['test/integration/orders', 'test/fault-injection/orders', 'test/chaos'],
  ])(
    'a record is written over a later version',
    "          ConditionExpression: '#version = :before',\n",
    "          ConditionExpression: '#version = :before OR #version <> :before',\n",
  ),
  inShared('events/queue-handler', [['test/unit/shared']])(
    'a message that failed counts as done',
    '      const result = settled[index] ?? NO_RESULT;',
    "      const result: SettledResult = { status: 'fulfilled', value: settled[index] };",
  ),
  inShared('events/stream-handler', [['test/unit/shared']])(
    'a record that failed counts as done',
    '  const failed = records[handledCount];',
    '  const failed = records[records.length + handledCount];',
  ),
  inShared('events/put-events', [['test/unit/shared']])(
    'entries that the bus did not take count as taken',
    '        else stillPending.push(one);',
    '        else if (results.length === 0) stillPending.push(one);',
  ),
  inShared('http/middleware/require-idempotency-key', [
    ['test/unit/shared', 'test/unit/orders', 'test/unit/inventory'],
    ['test/e2e/orders'],
  ])(
    'everybody’s keys are the same',
    '      operationId: deriveId(caller.id, event.routeKey, key),',
    "      operationId: deriveId('anybody', event.routeKey, key),",
  ),
  inShared('dynamodb/batch-get', [
    ['test/unit/shared', 'test/integration/inventory'],
    ['test/fault-injection/inventory'],
  ])(
    'what a batch left out counts as not there',
    '      pendingKeys = response.UnprocessedKeys?.[tableName]?.Keys ?? [];',
    '      pendingKeys = [];',
  ),
  // Reconciliation.
  inReconciliation('use-cases/runs/scan-input')(
    'a disagreement is reported at first sight',
    '  return (await readAgain()).filter((detection) =>\n    firstDetections.some((first) => isSameDisagreement(first, detection)),\n  );',
    '  return [...firstDetections];',
  ),
  inReconciliation('domain/checks/check-orders')(
    'work in flight is a finding',
    '      return age < GRACE_SECONDS\n        ? []\n        : [...checkOrderStock(snapshot, age), ...checkOrderCapture(snapshot, now)];',
    '      return age < 0\n        ? []\n        : [...checkOrderStock(snapshot, age), ...checkOrderCapture(snapshot, now)];',
  ),
  repairClaims(
    'the caps are not held by the store',
    "      ConditionExpression: 'attribute_not_exists(units) OR units <= :left',",
    "      ConditionExpression: 'attribute_not_exists(units) OR units <= :left OR units > :left',",
  ),
  repairClaims(
    'a repair is claimed twice in a run',
    "              ConditionExpression: 'attribute_not_exists(pk)',\n",
    '',
  ),
  ...APPROVAL_MUTANTS,
  inBook('domain/audit/repair-cell')(
    'a balance is rebuilt though it moved on',
    '  return cell?.version === version ? cell : undefined;',
    '  return version > 0 ? cell : undefined;',
  ),
  // What operators do.
  inOrders('domain/erase-customer')(
    'a customer is taken out of an order that is on its way',
    "  if (!CLOSED_STATUSES.has(orderStatus)) return err({ kind: 'stillOpen', orderStatus });\n",
    '',
  ),
  inOrders('domain/erase-customer')(
    "another's order is erased",
    '  if (order.customerId !== customerId) return toUnchangedOrder(order);\n',
    '',
  ),
  inDeadLetters('use-cases/redrive-messages')(
    'a message is removed that was not sent again',
    '      await redriver.redrive(queue, one.message);\n',
    '',
  ),
  inDeadLetters('use-cases/redrive-messages')(
    'a superseded message is redriven',
    "  if (assessment.verdict === 'superseded') return assessment.currentState;\n",
    '',
  ),
  inCli('restore-items')(
    'what was written meanwhile is overwritten',
    "        ConditionExpression: 'attribute_not_exists(#key)',\n        ExpressionAttributeNames: { '#key': keys[0] ?? '' },\n",
    '',
  ),
  // The templates.
  sagaStepStates(
    'a failed refund skips the release',
    '  return task.addCatch(failed, CATCH_ALL);',
    "  return failed.id === '' ? task.addCatch(failed, CATCH_ALL) : task;",
  ),
  orderSaga(
    'whatever fails in the confirmation is not compensated',
    '    Errors.TIMEOUT,\n  ).addCatch(cancel, CATCH_ALL);',
    '    Errors.TIMEOUT,\n  );',
  ),
  orderSaga(
    'whatever fails in the capture is not compensated',
    '  addRetries(capture, PaymentError.captureFailed).addCatch(cancel, CATCH_ALL);',
    '  addRetries(capture, PaymentError.captureFailed);',
  ),
  orderSaga(
    'an order whose stock is never answered waits for ever',
    '    taskTimeout: Timeout.duration(STOCK_OUTCOME_TIMEOUT),\n',
    '',
  ),
  eventSubscription(
    'a message that always fails is lost',
    '      deadLetterQueue: { queue: failed, maxReceiveCount: RECEIVES_MAX },\n',
    '',
  ),
  eventSubscription(
    'what the bus cannot deliver is lost',
    'targets: [new SqsQueue(queue, { deadLetterQueue: undelivered })],',
    'targets: [new SqsQueue(queue)],',
  ),
  eventSubscription(
    'one bad message fails its whole batch',
    '        reportBatchItemFailures: true,\n        // A limit',
    '        // A limit',
  ),
  inTemplates('constructs/messaging/stream-consumer')(
    'a change that cannot be published is lost',
    '        onFailure: new SqsDlq(failed),\n',
    '',
  ),
];
