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
    'the status of a payment moves backwards',
    '  if (changes === undefined || RANK[changes.status] < RANK[payment.status]) return payment;',
    '  if (changes === undefined) return payment;',
  ),
  payment('a free order is refunded by a provider', 'amount === 0;', 'amount < 0;'),
  payment(
    'a pending refund does not reduce the refundable amount',
    "  Math.max(0, capturedAmount - sumRefunds(refunds, 'PENDING', 'DONE'));",
    "  Math.max(0, capturedAmount - sumRefunds(refunds, 'DONE'));",
  ),
  payment(
    'a failed refund is requested again under its own id',
    '1 + Math.max(0, ...numbers)',
    'Math.max(1, ...numbers)',
  ),
  payment(
    'a payment counts as refunded before the whole amount is',
    "    status: refundedAmount >= amount ? 'REFUNDED' : 'CAPTURED',",
    "    status: refundedAmount > 0 ? 'REFUNDED' : 'CAPTURED',",
  ),
  refund(
    'an earlier report of a refund overwrites a later one',
    'RANK[refund.status] > RANK[before.status]',
    'RANK[refund.status] !== RANK[before.status]',
  ),
  refund(
    'a completed refund is removed to make room in the list',
    "    all.filter(({ status }) => status === 'FAILED')",
    "    all.filter(({ status }) => status !== 'PENDING')",
  ),
  events(
    'a failed refund publishes a capture event',
    "      if (before?.status === 'REFUNDED') return [];\n",
    '',
  ),
  events(
    'a dispute is published at each report',
    "origin === 'DISPUTE' && before === undefined",
    "origin === 'DISPUTE'",
  ),
  settlePayment(
    'a message is processed although the provider was not read',
    '  if (found === undefined)\n    throw new RetryLaterError(',
    '  if (found === undefined) return true;\n  if (found === null)\n    throw new RetryLaterError(',
  ),
  auditPayments(
    'pending refunds are not looked up',
    "refunds.some((refund) => refund.status === 'PENDING')",
    "refunds.some((refund) => refund.status !== 'PENDING' && refund.status === undefined)",
  ),
  auditPayments(
    'refunds whose message was lost are not found',
    '  if (isFirstPage) await recordRecentRefunds(ports, now);\n',
    '',
  ),
  auditPayments(
    'an expired action leaves its authorization open',
    "  if (found?.status === 'requiresAction' && isExpired) {",
    "  if (found?.status === 'requiresAction' && isExpired && found === undefined) {",
  ),
  authorizePayment(
    'a saga error contains the client secret',
    "err({ kind: 'requiresAction' })",
    "err({ kind: 'requiresAction', nextAction: payment.nextAction })",
  ),
  requiredAction(
    'a completed action is still required',
    "payment?.status === 'REQUIRES_ACTION'",
    'payment !== undefined',
  ),
  readOrders(
    'an order that no longer waits shows an action',
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
    'a refund is made without reading the existing refunds',
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
    'a pending refund counts as money kept',
    "refund.status !== 'FAILED'",
    "refund.status === 'DONE'",
  ),
  checkPayments(
    'a won dispute counts as a failed refund',
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
    'a completed order whose payment was refunded is not reported',
    "  if (payment?.status === 'REFUNDED' && order.status === 'COMPLETED')\n    return checkFullRefund(snapshot, payment, now);",
    '',
  ),
  paymentEventDecisions(
    'an order whose payment was refunded can be shipped',
    "        applyOrderChange(order, { status: 'NEEDS_ATTENTION', ...payment }, now, reason),",
    '        applyOrderChange(order, payment, now, reason),',
  ),
  paymentEventDecisions(
    'a partial refund flags the order for attention',
    '!(isDispute || isFull)',
    '!(isDispute || isFull || true)',
  ),
  paymentEventDecisions(
    'a refund reported before the order completes is lost',
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
    'only the first delivery of a late action starts the cancellation',
    'hasContinued(result.value, attempt) || hasCancelledLate(result.value, attempt)',
    'hasContinued(result.value, attempt)',
  ),
  paymentEventHandling(
    'a hold is extended at each required action',
    ' && order.payment?.continuations === undefined;',
    ';',
  ),
  paymentEventHandling(
    'a late authorization pays an old price',
    '  const isLate = isWaiting && isPastPaymentWindow(order, step);',
    '  const isLate = false;',
  ),
  customerSteps(
    'a repeated request after an action is a new attempt',
    "payment?.status !== 'REQUIRES_ACTION' || ",
    "payment?.status === 'REQUIRES_ACTION' || ",
  ),
  customerSteps(
    'an attempt can be continued without a limit',
    '  const attempts = Math.max(attempt, continuations ?? 0);',
    '  const attempts = attempt;',
  ),
  placeOrder(
    'an order that can never be paid is placed',
    '  if (problem !== undefined)\n',
    '  if (problem !== undefined && command === undefined)\n',
  ),
  inPaymentAmounts(
    'an amount with three decimals has a nonzero last digit',
    ' && amount % 10 !== 0',
    ' && amount % 10 === 10',
  ),
  inShared('http/webhook-handler', [['test/unit/shared'], ['test/saga/stripe']])(
    'an unprocessed webhook message returns 200',
    '    if (error instanceof RetryLaterError) return error;\n',
    "    if (error instanceof RetryLaterError) return 'processed';\n",
  ),
];
