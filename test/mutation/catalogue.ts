import { OF_APPROVALS } from './catalogue/approvals.ts';
import { OF_CELLS } from './catalogue/cells.ts';
import { OF_CORE } from './catalogue/core.ts';
import { OF_COUNTS } from './catalogue/counts.ts';
import { OF_DELIVERY } from './catalogue/delivery.ts';
import { OF_IDENTITY } from './catalogue/identity.ts';
import { OF_ORDERS } from './catalogue/orders.ts';
import { OF_PAYMENTS } from './catalogue/payments.ts';
import { OF_READS } from './catalogue/reads.ts';
import { OF_RUNTIME } from './catalogue/runtime.ts';
import { OF_STACKS } from './catalogue/stacks.ts';
import { OF_STREAMS } from './catalogue/streams.ts';
import { OF_UNREADABLE } from './catalogue/unreadable.ts';
import { OF_WATCH } from './catalogue/watch.ts';
import {
  type Mutant,
  ofBook,
  ofOperations,
  ofOrders,
  ofPayments,
  ofRuns,
  ofShared,
  ofTemplates,
  ofTools,
} from './mutant.ts';

const transaction = ofBook('adapters/change-to-transaction');
const store = ofBook('adapters/dynamo-stock-store');
const cellChange = ofBook('domain/ledger/cell-change');
const changeBook = ofBook('use-cases/change-book');
const merging = ofBook('domain/ledger/merge-changes');
const settling = ofBook('use-cases/reservations/settle-reservations');
const reserve = ofBook('domain/reservations/reserve');
const release = ofBook('domain/reservations/release');
const extend = ofBook('domain/reservations/extend');
const entry = ofBook('domain/stock/stock-entry');
const customer = ofOrders('domain/customer-steps');
const saga = ofOrders('domain/saga-steps');
const authorize = ofPayments('use-cases/authorize-payment');
const capture = ofPayments('use-cases/capture-payment');
const returning = ofPayments('use-cases/return-payment');
const runStore = ofRuns('adapters/dynamo-run-store');
const sagaMachine = ofTemplates('constructs/saga/order-saga');
const subscription = ofTemplates('constructs/messaging/event-subscription');

/** Every condition, marker, dedupe, ownership check, guard and status check on which a claim of docs/CORRECTNESS.md rests. */
export const CATALOGUE: readonly Mutant[] = [
  // The transaction: what must hold when it is written.
  transaction(
    'a marker may be written over another',
    '      ? { Item: { ...operationItem(marker.operation) }, ...atVersion(undefined) }',
    '      ? { Item: { ...operationItem(marker.operation) } }',
  ),
  transaction(
    'a reservation may be written over another version',
    '      : {\n          Item: { ...reservationItem(marker.after, change) },\n          ...atVersion(marker.expectedVersion),\n        }),',
    '      : { Item: { ...reservationItem(marker.after, change) } }),',
  ),
  transaction(
    'a marker that is there is not told',
    "    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',",
    '',
  ),
  transaction(
    'a new balance may be written over another',
    '      updatedAt: toIso(change.at),\n    },\n    ...atVersion(undefined),',
    '      updatedAt: toIso(change.at),\n    },',
  ),
  transaction(
    'more may be taken than is available',
    '  if (guard.available) conditions.push(`available',
    '  if (guard.available && false) conditions.push(`available',
  ),
  transaction(
    'more may be taken than is committed',
    '  if (guard.committed) conditions.push(`committed',
    '  if (guard.committed && false) conditions.push(`committed',
  ),
  transaction(
    'more may be taken from a slot than it holds',
    '    conditions.push(`${slotPath(slot)} >= ${number(`min${slot}`, units)}`);',
    '    slotPath(slot);',
  ),
  transaction(
    'a hold may be put into a slot that was folded',
    '  if (guard.notFolded !== undefined)\n',
    '  if (guard.notFolded !== undefined && false)\n',
  ),
  transaction(
    'a late rescue does not ask whether its slot was folded',
    '  if (guard.folded !== undefined)',
    '  if (guard.folded !== undefined && false)',
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
    '        .filter(({ cell }) => cell.movements.length > 0)',
    '        .filter(({ cell }) => cell.movements.length > 99)',
  ),
  saga(
    'a payment captured too early is forgotten',
    "    return refused({ kind: 'tooEarly' });",
    '    return outOfStep(order);',
  ),
  // Several changes as one.
  merging(
    'what is taken together need not be there together',
    '  held: sumOf(a.held ?? {}, b.held ?? {}),\n  ...',
    '  held: a.held ?? {},\n  ...',
  ),
  merging('a fold is written with others', '      folds.length === 0 &&\n', ''),
  merging(
    'more actions than a transaction has',
    '<= ACTIONS_MAX) last',
    '<= 9 * ACTIONS_MAX) last',
  ),
  settling(
    'what was refused together counts as done',
    "return outcome === 'applied';",
    'return true;',
  ),
  settling(
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
    "      if (isTransient(fault)) return { outcome: 'busy' };\n",
    '',
  ),
  changeBook(
    'a refusal is not looked at once more',
    '    const confirmed = await confirm(store, reads, looked, decider);',
    '    const confirmed = { decision: looked.decision, isExact: true };',
  ),
  changeBook(
    'what stays overdue is not folded first',
    '    const first = overdueIn(state, context) ?? (isWhole ? before?.(state) : undefined);',
    '    const first = isWhole ? before?.(state) : undefined;',
  ),
  // The rules of the book.
  cellChange(
    'units are taken that are not there',
    '  if (cell.available + folded < quantity)\n    return { ok: false, available: countsAt(cell, now).available };',
    '  if (cell.available + folded < 0) return { ok: false, available: countsAt(cell, now).available };',
  ),
  cellChange(
    'a fold forgets the watermark’s guard',
    '        ...(folds.length === 0 ? {} : { version: cell.version }),',
    '',
  ),
  cellChange('committed units are taken unguarded', '    guard: { committed: quantity },', ''),
  cellChange(
    'held units are taken though their slot was folded',
    '      notFolded: Math.min(slot, to.slot ?? slot),\n',
    '',
  ),
  reserve(
    'a repeat is another reservation',
    '  if (reservation !== undefined) return repeat(reservation, command);\n',
    '',
  ),
  reserve(
    'another request under the same id gets the first answer',
    "  if (reservation.fingerprint !== fingerprint) return refused({ kind: 'keyReused' });\n",
    '',
  ),
  reserve(
    'what was released before can be reserved',
    "  if (reservation.fingerprint === undefined) return refused({ kind: 'released' });\n",
    '',
  ),
  release(
    'a release that comes first leaves no tombstone',
    "      { reservationId: command.reservationId, changes: { status: 'RELEASED' } },",
    "      { reservationId: `${command.reservationId}-none`, changes: { status: 'RELEASED' } },",
  ),
  release(
    'shipped units can be released',
    "    case 'FULFILLED':\n      return refused({ kind: 'fulfilled' });\n",
    '',
  ),
  release(
    'a hold that was folded is given back once more',
    '    return cell.foldedThrough < slot',
    '    return cell.foldedThrough >= 0',
  ),
  extend(
    'a repeat extends again',
    '  if (before !== undefined) {',
    '  if (before !== undefined && false) {',
  ),
  extend(
    'a released hold can be extended',
    "  if (status === 'RELEASED' || status === 'EXPIRED') return refused({ kind: 'expired' });\n",
    '',
  ),
  extend(
    'a folded hold is extended out of its slot',
    '    if (cell.foldedThrough < slot) {',
    '    if (cell.foldedThrough < slot || true) {',
  ),
  ofBook('domain/reservations/ship')(
    'a shipment that is told twice ships twice',
    "  if (reservation?.status === 'FULFILLED') return accepted({ value: reservation });\n  if (reservation?.status !== 'COMMITTED') {",
    '  if (reservation === undefined) {',
  ),
  entry(
    'a receipt that is sent twice counts twice',
    '  if (operation === undefined) return undefined;',
    '  if (operation !== undefined || operation === undefined) return undefined;',
  ),
  entry(
    'another receipt under the same key gets the first answer',
    "  if (operation.fingerprint !== fingerprint) return refused({ kind: 'keyReused' });\n",
    '',
  ),
  ofBook('domain/stock/count-stock')(
    'a count is posted over a later one',
    "  if (lastCount?.countId !== command.lastCountId) return refused({ kind: 'movedOn' });\n",
    '',
  ),
  ...OF_CELLS,
  ...OF_COUNTS,
  ...OF_READS,
  ...OF_IDENTITY,
  ...OF_RUNTIME,
  ...OF_STACKS,
  ...OF_STREAMS,
  ...OF_UNREADABLE,
  ...OF_CORE,
  ...OF_DELIVERY,
  ...OF_WATCH,
  ...OF_ORDERS,
  ...OF_PAYMENTS,
  // Orders.
  ofOrders('use-cases/change-order')(
    'everybody may change every order',
    'order.customerId === customerId ? decide(order)',
    'order.customerId !== undefined ? decide(order)',
  ),
  ofOrders('use-cases/pay-order')(
    'everybody may have every hold extended',
    'order === undefined || order.customerId !== command.customerId',
    'order === undefined',
  ),
  customer(
    'a payment that is sent twice is two attempts',
    '  const before = order.requests[operationId];\n  if (before === undefined) return undefined;',
    '  const before = order.requests[`${operationId}-none`];\n  if (before === undefined) return undefined;',
  ),
  customer(
    'an order can be paid in every status',
    "  if (order.status !== 'PENDING_PAYMENT' || tries",
    '  if (tries',
  ),
  customer(
    'an order under way can be cancelled',
    "    case 'PAYING':\n    case 'CONFIRMED':\n    case 'NEEDS_ATTENTION':\n      return refused({ kind: 'inProgress' });",
    "    case 'PAYING':\n    case 'CONFIRMED':\n    case 'NEEDS_ATTENTION':\n      return toChanged(changed(order, { status: 'CANCELLED' }, command.now, reason));",
  ),
  customer(
    'an unpaid order can be fulfilled',
    "  if (order.status !== 'COMPLETED') {",
    "  if (order.status === 'CANCELLED') {",
  ),
  customer(
    'an order that is not parked can be resumed',
    "  if (order.status !== 'NEEDS_ATTENTION') {",
    "  if (order.status === 'CANCELLED') {",
  ),
  saga(
    'a step of an older attempt is taken for this one’s',
    '  payment?.attempt === attempt;',
    '  payment?.attempt === attempt || attempt > 0;',
  ),
  saga(
    'an order that is not paying can be confirmed',
    "  if (order.status !== 'PAYING') return outOfStep(order);\n  return toChanged(\n    changed(order, { status: 'CONFIRMED'",
    "  return toChanged(\n    changed(order, { status: 'CONFIRMED'",
  ),
  saga(
    'a cancelled order can be completed',
    "  if (status !== 'CONFIRMED' || stockAnswer",
    '  if (stockAnswer',
  ),
  saga(
    'an order is completed though its stock was not taken',
    "status !== 'CONFIRMED' || stockAnswer?.outcome !== 'committed')",
    "status !== 'CONFIRMED')",
  ),
  saga(
    'a completed order is compensated',
    "      return refused({ kind: 'alreadyCompleted' });",
    "      return toChanged(changed(order, { status: 'CANCELLING' }, now, reason));",
  ),
  saga(
    'an order that is not being cancelled can be concluded',
    "  if (order.status !== 'CANCELLING') return outOfStep(order);\n",
    '',
  ),
  saga(
    'a second answer of inventory replaces the first',
    '  return order.stockAnswer === undefined\n    ? toChanged(changed(order, { stockAnswer }, now))\n    : unchanged(order);',
    '  return order.version > 0 ? toChanged(changed(order, { stockAnswer }, now)) : unchanged(order);',
  ),
  ofOrders('use-cases/saga-steps')(
    'an answer that came before the confirmation is not passed on',
    '  if (result.ok) await passOn(waiting, result.value);\n  return statusOf',
    '  return statusOf',
  ),
  ofOrders('adapters/step-functions')(
    'a saga that was started before is a fault',
    'if (!(fault instanceof ExecutionAlreadyExists)) throw fault;',
    'throw fault;',
  ),
  ofOrders('adapters/dynamo-order-store')(
    'an order may be written over another',
    "          ConditionExpression: 'attribute_not_exists(pk)',\n",
    '',
  ),
  ofOrders('adapters/dynamo-customer-hold-store')(
    'a customer may hold any number of orders',
    'openHolds < :holds AND ',
    ':holds = :holds AND ',
  ),
  ofOrders('adapters/dynamo-customer-hold-store')(
    'a customer may hold any number of units',
    ' AND openUnits <= :left))',
    ' AND :left = :left))',
  ),
  ofOrders('adapters/dynamo-customer-hold-store')(
    'claims that were made meanwhile are struck out',
    "          },\n          ConditionExpression: '#version = :version',",
    "          },\n          ConditionExpression: '#version = :version OR :version = :version',",
  ),
  // Payments.
  authorize(
    'an earlier try is not looked up',
    '  const earlier = isFirst ? undefined : await answered(lookup);',
    '  const earlier = undefined as Awaited<ReturnType<typeof lookup>> | undefined;',
  ),
  authorize(
    'a settled attempt is authorized again',
    "  if (payment.status !== 'PENDING' && payment.status !== 'REQUIRES_ACTION')\n    return answerOf(payment);",
    '',
  ),
  capture(
    'a voided payment can be captured',
    "  if (payment.status !== 'AUTHORIZED')\n    return refused({ kind: 'captureFailed', code: payment.status.toLowerCase() });\n",
    '',
  ),
  capture(
    'a capture without an answer counts as failed',
    "    return refused({ kind: 'outcomeUnknown' });",
    "    return refused({ kind: 'captureFailed', code: 'lost' });",
  ),
  returning(
    'an attempt that never began is not closed',
    '  return (await payments.save(voided)) ? voided',
    '  return voided.version > 0 ? voided',
  ),
  returning(
    'a captured payment is voided',
    '    ? provider.refund(keyOf(payment), nextRefund(payment))\n',
    '    ? provider.void(keyOf(payment))\n',
  ),
  ofPayments('adapters/sandbox-provider')(
    'the provider captures what was not authorized',
    "    if (isAuthorized) await this.#records.turn(key, before.status, 'captured');",
    "    await this.#records.turn(key, before?.status ?? 'authorized', 'captured');",
  ),
  // What all contexts share.
  ofShared('dynamodb/put-version', [
    ['test/unit/orders', 'test/unit/payments'],
    ['test/integration/orders', 'test/fault-injection/orders', 'test/chaos'],
  ])(
    'a record is written over a later version',
    "          ConditionExpression: '#version = :before',\n",
    "          ConditionExpression: '#version = :before OR #version <> :before',\n",
  ),
  ofShared('events/queue-handler', [['test/unit/shared']])(
    'a message that failed counts as done',
    '    const open = new Set([...unread, ...failed.flat()]);',
    '    const open = new Set(failed.slice(failed.length).flat());',
  ),
  ofShared('events/stream-handler', [['test/unit/shared']])(
    'a record that failed counts as done',
    '  const failed = records[done];',
    '  const failed = records[records.length + done];',
  ),
  ofShared('events/event-bus', [['test/unit/shared']])(
    'entries that the bus did not take count as taken',
    '        else left.push(one);',
    '        else if (results.length === 0) left.push(one);',
  ),
  ofShared('http/http-handler', [
    ['test/unit/shared', 'test/unit/orders', 'test/unit/inventory'],
    ['test/e2e/orders'],
  ])(
    'everybody’s keys are the same',
    '      operationId: idFrom(caller.id, event.routeKey, key),',
    "      operationId: idFrom('anybody', event.routeKey, key),",
  ),
  ofShared('dynamodb/batch-get', [
    ['test/unit/shared', 'test/integration/inventory'],
    ['test/fault-injection/inventory'],
  ])(
    'what a batch left out counts as not there',
    '      open = answer.UnprocessedKeys?.[tableName]?.Keys ?? [];',
    '      open = [];',
  ),
  // Reconciliation.
  ofRuns('use-cases/walk-place')(
    'a disagreement is reported at first sight',
    '  return (await look()).filter((detected) => before.has(disagreementOf(detected)));',
    '  return before.size > 0 ? [...first] : [];',
  ),
  ofRuns('domain/check-orders')(
    'work in flight is a finding',
    '      return age < GRACE_SECONDS ? [] : [...stockOf(sides, age), ...moneyOf(sides, now)];',
    '      return age < 0 ? [] : [...stockOf(sides, age), ...moneyOf(sides, now)];',
  ),
  runStore(
    'the caps are not held by the store',
    "        ConditionExpression: 'attribute_not_exists(units) OR units <= :left',",
    "        ConditionExpression: 'attribute_not_exists(units) OR units <= :left OR units > :left',",
  ),
  runStore(
    'a repair is claimed twice in a run',
    "                ConditionExpression: 'attribute_not_exists(pk)',\n",
    '',
  ),
  ...OF_APPROVALS,
  ofBook('domain/audit/repair-cell')(
    'a balance is rebuilt though it moved on',
    '  return cell?.version === version ? cell : undefined;',
    '  return version > 0 ? cell : undefined;',
  ),
  // What operators do.
  ofOrders('domain/erase-customer')(
    'a customer is taken out of an order that is on its way',
    "  if (!OVER.has(orderStatus)) return refused({ kind: 'stillOpen', orderStatus });\n",
    '',
  ),
  ofOrders('domain/erase-customer')(
    "another's order is erased",
    '  if (order.customerId !== customerId) return unchanged(order);\n',
    '',
  ),
  ofOperations('use-cases/treat-letters')(
    'a message is removed that was not sent again',
    '      await redrives.redrive(queue, one.letter);\n',
    '',
  ),
  ofOperations('use-cases/treat-letters')(
    'a superseded message is redriven',
    "  if (judgement.verdict === 'superseded') return judgement.meanwhile;\n",
    '',
  ),
  ofTools('put-back')(
    'what was written meanwhile is overwritten',
    "        ConditionExpression: 'attribute_not_exists(#key)',\n        ExpressionAttributeNames: { '#key': keys[0] ?? '' },\n",
    '',
  ),
  // The templates.
  sagaMachine(
    'a failed refund skips the release',
    '  return task.addCatch(failed, whole);',
    "  return failed.id === '' ? task.addCatch(failed, whole) : task;",
  ),
  sagaMachine(
    'whatever fails in the confirmation is not compensated',
    "  retried(confirm, 'StockCommitFailed', 'OrderOutOfStep', Errors.TIMEOUT).addCatch(undo, whole);",
    "  retried(confirm, 'StockCommitFailed', 'OrderOutOfStep', Errors.TIMEOUT);",
  ),
  sagaMachine(
    'whatever fails in the capture is not compensated',
    '  retried(capture, PaymentError.captureFailed).addCatch(undo, whole);',
    '  retried(capture, PaymentError.captureFailed);',
  ),
  sagaMachine(
    'an order whose stock is never answered waits for ever',
    '    taskTimeout: Timeout.duration(STOCK_OUTCOME_TIMEOUT),\n',
    '',
  ),
  subscription(
    'a message that always fails is lost',
    '      deadLetterQueue: { queue: failed, maxReceiveCount: RECEIVES_MAX },\n',
    '',
  ),
  subscription(
    'what the bus cannot deliver is lost',
    'targets: [new SqsQueue(queue, { deadLetterQueue: undelivered })],',
    'targets: [new SqsQueue(queue)],',
  ),
  subscription(
    'one bad message fails its whole batch',
    '        reportBatchItemFailures: true,\n        // A limit',
    '        // A limit',
  ),
  ofTemplates('constructs/messaging/stream-consumer')(
    'a change that cannot be published is lost',
    '        onFailure: new SqsDlq(failed),\n',
    '',
  ),
];
