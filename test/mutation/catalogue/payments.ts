import { inOrders, inPayments, inReconciliation, inShared, type Mutant } from '../mutant.ts';

const payment = inPayments('domain/payment');
const refund = inPayments('domain/refund');
const events = inPayments('domain/events');
const auditPayments = inPayments('use-cases/audit-payments');
const settlePayment = inPayments('use-cases/sync-payment');
const stripeAttempts = inPayments('adapters/stripe-attempts');
const stripeProvider = inPayments('adapters/stripe-provider');
const sandboxProvider = inPayments('adapters/sandbox-provider');
const checkPayments = inReconciliation('domain/checks/check-payments');
const checkOrderMoney = inReconciliation('domain/checks/check-order-money');
const authorizePayment = inPayments('use-cases/authorize-payment');
const requiredAction = inPayments('use-cases/get-required-action');
const readOrders = inOrders('use-cases/read-orders');
const paymentEventDecisions = inOrders('domain/payment-events');
const paymentEventHandling = inOrders('use-cases/saga/payment-events');
const customerSteps = inOrders('domain/customer-steps');
const placeOrder = inOrders('use-cases/checkout/place-order');
const inPaymentAmounts = (name: string, from: string, to: string): Mutant => ({
  name,
  file: 'lambdas/contracts/payment-amounts.ts',
  from,
  to,
  testStages: [['test/unit/contracts']],
});

/** Guards of payment records against late, duplicate and reordered reports of providers. */
export const PAYMENT_MUTANTS: readonly Mutant[] = [
  payment(
    'a payment goes backwards',
    '  if (changes === undefined || RANK[changes.status] < RANK[payment.status]) return payment;',
    '  if (changes === undefined) return payment;',
  ),
  payment('a free order is refunded by a provider', 'amount === 0;', 'amount < 0;'),
  payment(
    'a pending refund leaves all of the money',
    "  Math.max(0, capturedAmount - sumRefunds(refunds, 'PENDING', 'DONE'));",
    "  Math.max(0, capturedAmount - sumRefunds(refunds, 'DONE'));",
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
  settlePayment(
    'a message is taken although the provider was not asked',
    '  if (found === undefined)\n    throw new RetryLaterError(',
    '  if (found === undefined) return true;\n  if (found === null)\n    throw new RetryLaterError(',
  ),
  auditPayments(
    'pending refunds are not looked up',
    "refunds.some((refund) => refund.status === 'PENDING')",
    "refunds.some((refund) => refund.status !== 'PENDING' && refund.status === undefined)",
  ),
  auditPayments(
    'refunds whose message was lost are not looked for',
    '  if (isFirstPage) await recordRecentRefunds(ports, now);\n',
    '',
  ),
  auditPayments(
    'an action that is not done in time leaves its authorization',
    "  if (found?.status === 'requiresAction' && isExpired) {",
    "  if (found?.status === 'requiresAction' && isExpired && found === undefined) {",
  ),
  authorizePayment(
    'the client secret is in the error of a saga',
    "err({ kind: 'requiresAction' })",
    "err({ kind: 'requiresAction', nextAction: payment.nextAction })",
  ),
  requiredAction(
    'an action that was done is still required',
    "payment?.status === 'REQUIRES_ACTION'",
    'payment !== undefined',
  ),
  readOrders(
    'an order that has gone on shows an action',
    '  if (!isAwaitingAction(order, attempt)) return ok({ order });\n',
    '',
  ),
  stripeAttempts(
    'a stored error of Stripe is replayed',
    ' && isStoredError(error.cause)',
    ' && error.cause === undefined',
  ),
  stripeAttempts(
    'a duplicate in progress uses up its idempotency key',
    ' && (cause.statusCode ?? 0) >= SERVER_ERROR_MIN',
    '',
  ),
  stripeProvider(
    'a refund is made without a look at the list',
    "    if (before.status !== 'captured' || before.refunds.some((one) => one.refundId === refundId))",
    "    if (before.status !== 'captured')",
  ),
  sandboxProvider(
    'the sandbox refunds one id twice',
    '    if (refunds.some((refund) => refund.refundId === refundId)) return this.#recordOf(key, before);\n',
    '',
  ),
  sandboxProvider(
    'the sandbox refunds more than was captured',
    "    if (amount > kept) return { status: 'failed', code: 'amount_exceeds_capture' };\n",
    '',
  ),
  checkPayments(
    'a refund that is pending is money kept',
    "refund.status !== 'FAILED'",
    "refund.status === 'DONE'",
  ),
  checkPayments(
    'a dispute that was won is a failed refund',
    "of === 'FAILED' && origin === undefined",
    "of === 'FAILED'",
  ),
  checkPayments(
    'refunds made in the dashboard are ignored',
    '  if (externalRefunds.length === 0) return [];',
    '  if (externalRefunds.length >= 0) return [];',
  ),
  checkPayments(
    'a failed refund waits for the next run',
    '(!isSettled && isWithinGraceTime(payment.updatedAt, now))',
    'isWithinGraceTime(payment.updatedAt, now)',
  ),
  checkOrderMoney(
    'a completed order whose money went back is sound',
    "  if (payment?.status === 'REFUNDED' && order.status === 'COMPLETED')\n    return checkFullRefund(snapshot, payment, now);",
    '',
  ),
  paymentEventDecisions(
    'an order whose money went back can be shipped',
    "        applyOrderChange(order, { status: 'NEEDS_ATTENTION', ...payment }, now, reason),",
    '        applyOrderChange(order, payment, now, reason),',
  ),
  paymentEventDecisions(
    'a refunded part parks the order',
    '!(isDispute || isFull)',
    '!(isDispute || isFull || true)',
  ),
  paymentEventDecisions(
    'a report that comes before the completion is lost',
    "      return err({ kind: 'tooEarly' });",
    '      return toUnchangedOrder(order);',
  ),
  paymentEventDecisions(
    'an action of another attempt starts a saga',
    '  order.payment.attempt === attempt;',
    '  order.payment.attempt > 0;',
  ),
  paymentEventDecisions(
    'a late action whose saga was not started leaves the order CANCELLING',
    'hasContinued(order, attempt) || hasCancelledLate(order, attempt)',
    'hasContinued(order, attempt)',
  ),
  paymentEventHandling(
    'a late action starts its cancellation only in the first delivery',
    'hasContinued(result.value, attempt) || hasCancelledLate(result.value, attempt)',
    'hasContinued(result.value, attempt)',
  ),
  paymentEventHandling(
    'a hold is extended at each required action',
    ' && order.payment?.continuations === undefined;',
    ';',
  ),
  paymentEventHandling(
    'an old price is paid because the customer authorized late',
    '  const isLate = isWaiting && isPastPaymentWindow(order, step);',
    '  const isLate = false;',
  ),
  customerSteps(
    'a repeat after an action is a new attempt',
    "payment?.status !== 'REQUIRES_ACTION' || ",
    "payment?.status === 'REQUIRES_ACTION' || ",
  ),
  customerSteps(
    'an attempt can be asked for again without end',
    '  const attempts = Math.max(attempt, continuations ?? 0);',
    '  const attempts = attempt;',
  ),
  placeOrder(
    'an order that can never be paid is placed',
    '  if (problem !== undefined)\n',
    '  if (problem !== undefined && command === undefined)\n',
  ),
  inPaymentAmounts(
    'a three-decimal amount has a last digit',
    ' && amount % 10 !== 0',
    ' && amount % 10 === 10',
  ),
  inShared('http/webhook-handler', [['test/unit/shared'], ['test/saga/stripe']])(
    'a message that was not processed is answered 200',
    '    if (error instanceof RetryLaterError) return error;\n',
    "    if (error instanceof RetryLaterError) return 'processed';\n",
  ),
];
