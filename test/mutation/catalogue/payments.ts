import { type Mutant, ofOrders, ofPayments, ofRuns, ofShared } from '../mutant.ts';

const payment = ofPayments('domain/payment');
const refund = ofPayments('domain/refund');
const events = ofPayments('domain/events');
const auditing = ofPayments('use-cases/audit-payments');
const settling = ofPayments('use-cases/settle-payment');
const attempts = ofPayments('adapters/stripe-attempts');
const stripe = ofPayments('adapters/stripe-provider');
const sandbox = ofPayments('adapters/sandbox-provider');
const check = ofRuns('domain/check-payments');
const money = ofRuns('domain/check-order-money');
const authorizing = ofPayments('use-cases/authorize-payment');
const requiring = ofPayments('use-cases/required-action');
const reading = ofOrders('use-cases/read-orders');
const reported = ofOrders('domain/payment-events');
const going = ofOrders('use-cases/payment-events');
const customer = ofOrders('domain/customer-steps');
const placing = ofOrders('use-cases/place-order');
const amounts = (name: string, from: string, to: string): Mutant => ({
  name,
  file: 'lambdas/contracts/payment-amounts.ts',
  from,
  to,
  stages: [['test/unit/contracts']],
});

/** What keeps the records of payments true while providers report late, twice and in any order. */
export const OF_PAYMENTS: readonly Mutant[] = [
  payment(
    'a payment goes backwards',
    '  if (changes === undefined || RANK[changes.status] < RANK[payment.status]) return payment;',
    '  if (changes === undefined) return payment;',
  ),
  payment('a free order is refunded by a provider', 'amount === 0;', 'amount < 0;'),
  payment(
    'a pending refund leaves all of the money',
    "  Math.max(0, capturedAmount - amountOf(refunds, 'PENDING', 'DONE'));",
    "  Math.max(0, capturedAmount - amountOf(refunds, 'DONE'));",
  ),
  payment(
    'a failed refund is requested again under its own id',
    '1 + Math.max(0, ...numbers)',
    'Math.max(1, ...numbers)',
  ),
  payment(
    'the payment is refunded before all is back',
    "    status: refundedAmount >= amount ? 'REFUNDED' : 'CAPTURED',",
    "    status: refundedAmount > 0 ? 'REFUNDED' : 'CAPTURED',",
  ),
  refund(
    'an earlier report of a refund undoes a later one',
    'RANK[refund.status] > RANK[before.status]',
    'RANK[refund.status] !== RANK[before.status]',
  ),
  refund(
    'a refund that is done makes room in the list',
    "    all.filter(({ status }) => status === 'FAILED')",
    "    all.filter(({ status }) => status !== 'PENDING')",
  ),
  events(
    'a refund that fails is told as a capture',
    "      if (before?.status === 'REFUNDED') return [];\n",
    '',
  ),
  events(
    'a dispute is told at each report',
    "origin === 'DISPUTE' && before === undefined",
    "origin === 'DISPUTE'",
  ),
  settling(
    'a message is taken although the provider was not asked',
    '  if (found === undefined) throw new RetryLater(',
    '  if (found === undefined) return true;\n  if (found === null) throw new RetryLater(',
  ),
  auditing(
    'pending refunds are not looked up',
    "refunds.some((refund) => refund.status === 'PENDING')",
    "refunds.some((refund) => refund.status !== 'PENDING' && refund.status === undefined)",
  ),
  auditing(
    'refunds whose message was lost are not looked for',
    '  if (isFirstPage) await recordRefunds(ports, now);\n',
    '',
  ),
  auditing(
    'an action that is not done in time leaves its authorization',
    "  if (found?.status === 'requiresAction' && isOver) {",
    "  if (found?.status === 'requiresAction' && isOver && found === undefined) {",
  ),
  authorizing(
    'the client secret is in the error of a saga',
    "refused({ kind: 'requiresAction' })",
    "refused({ kind: 'requiresAction', nextAction: payment.nextAction })",
  ),
  requiring(
    'an action that was done is still required',
    "payment?.status === 'REQUIRES_ACTION'",
    'payment !== undefined',
  ),
  reading(
    'an order that has gone on shows an action',
    '  if (!isAwaitingAction(order, attempt)) return accepted({ order });\n',
    '',
  ),
  attempts(
    'a stored error of Stripe is replayed',
    ' && isStored(fault.cause)',
    ' && fault.cause === undefined',
  ),
  attempts(
    'a duplicate in progress uses up its idempotency key',
    ' && (cause.statusCode ?? 0) >= SERVER_ERROR_MIN',
    '',
  ),
  stripe(
    'a refund is made without a look at the list',
    "    if (before.status !== 'captured' || before.refunds.some((one) => one.refundId === refundId))",
    "    if (before.status !== 'captured')",
  ),
  sandbox(
    'the sandbox refunds one id twice',
    '    if (refunds.some((refund) => refund.refundId === refundId)) return this.#recordOf(key, before);\n',
    '',
  ),
  sandbox(
    'the sandbox refunds more than was captured',
    "    if (amount > kept) return { status: 'failed', code: 'amount_exceeds_capture' };\n",
    '',
  ),
  check(
    'a refund that is pending is money kept',
    "refund.status !== 'FAILED'",
    "refund.status === 'DONE'",
  ),
  check(
    'a dispute that was won is a failed refund',
    "of === 'FAILED' && origin === undefined",
    "of === 'FAILED'",
  ),
  check(
    'refunds made in the dashboard are ignored',
    '  if (made.length === 0) return [];',
    '  if (made.length >= 0) return [];',
  ),
  check(
    'a failed refund waits for the next run',
    '(!isSettled && isYoung(payment.updatedAt, now))',
    'isYoung(payment.updatedAt, now)',
  ),
  money(
    'a completed order whose money went back is sound',
    "  if (payment?.status === 'REFUNDED' && order.status === 'COMPLETED')\n    return refunded(sides, payment, now);",
    '',
  ),
  reported(
    'an order whose money went back can be shipped',
    "      return toChanged(changed(order, { status: 'NEEDS_ATTENTION', ...payment }, now, reason));",
    '      return toChanged(changed(order, payment, now, reason));',
  ),
  reported(
    'a refunded part parks the order',
    '!(isDispute || isAll)',
    '!(isDispute || isAll || true)',
  ),
  reported(
    'a report that comes before the completion is lost',
    "      return refused({ kind: 'tooEarly' });",
    '      return unchanged(order);',
  ),
  reported(
    'an action of another attempt starts a saga',
    '  order.payment.attempt === attempt;',
    '  order.payment.attempt > 0;',
  ),
  going(
    'a hold is extended at each required action',
    ' && order.payment?.continuations === undefined;',
    ';',
  ),
  going(
    'an old price is paid because the customer authorized late',
    '  const isLate = isWaiting && isTooOld(order, step);',
    '  const isLate = false;',
  ),
  customer(
    'a repeat after an action is a new attempt',
    "payment?.status !== 'REQUIRES_ACTION' || ",
    "payment?.status === 'REQUIRES_ACTION' || ",
  ),
  customer(
    'an attempt can be asked for again without end',
    '  const tries = Math.max(attempt, continuations ?? 0);',
    '  const tries = attempt;',
  ),
  placing(
    'an order that can never be paid is placed',
    '  if (problem !== undefined)\n',
    '  if (problem !== undefined && command === undefined)\n',
  ),
  amounts(
    'a three-decimal amount has a last digit',
    ' && amount % 10 !== 0',
    ' && amount % 10 === 10',
  ),
  ofShared('http/webhook-handler', [['test/unit/shared'], ['test/saga/stripe']])(
    'a message that was not processed is answered 200',
    '    if (fault instanceof RetryLater) return fault;\n',
    "    if (fault instanceof RetryLater) return 'taken';\n",
  ),
];
