import type { OrderPaymentStatus, OrderStatus } from '../../contracts/api/orders.ts';
import type { ReversalResult } from '../../contracts/payment-commands.ts';
import { defined } from '../../shared/core/defined.ts';
import type { Instant } from '../../shared/core/instant.ts';
import { err } from '../../shared/core/result.ts';
import { type Decision, toChangedOrder, toUnchangedOrder } from './decision.ts';
import { applyOrderChange, type Order, type StockOutcome } from './order.ts';

/** Error: the order is not in the status in which this step applies. */
export type UnexpectedStatus = {
  readonly kind: 'unexpectedStatus';
  readonly orderStatus: OrderStatus;
};

export const unexpectedStatus = ({ status }: Order) =>
  err({ kind: 'unexpectedStatus', orderStatus: status } as const);
export const isCurrentAttempt = ({ payment }: Order, attempt: number): boolean =>
  payment?.attempt === attempt;

/** Returns the change of the order's payment to another status. */
export function paymentChange({ payment }: Order, status: OrderPaymentStatus, lastError?: string) {
  if (payment === null) return {};
  return { payment: { ...payment, status, ...defined({ lastError }) } };
}

/**
 * PAYING → CONFIRMED, which publishes OrderConfirmed, so that inventory commits the stock. A retry
 * brings a new token.
 */
export function decideConfirm(
  order: Order,
  step: { attempt: number; taskToken: string; now: Instant },
): Decision<UnexpectedStatus> {
  const { attempt, taskToken, now } = step;
  if (!isCurrentAttempt(order, attempt)) return unexpectedStatus(order);
  if (order.status === 'CONFIRMED') {
    return order.taskToken === taskToken
      ? toUnchangedOrder(order)
      : toChangedOrder(applyOrderChange(order, { taskToken }, now));
  }
  if (order.status !== 'PAYING') return unexpectedStatus(order);
  return toChangedOrder(
    applyOrderChange(
      order,
      { status: 'CONFIRMED', taskToken, ...paymentChange(order, 'AUTHORIZED') },
      now,
    ),
  );
}

/**
 * Records the stock outcome, however late it arrives. The first one stands: inventory publishes one
 * outcome per order.
 */
export function decideStockOutcome(
  order: Order,
  stockOutcome: StockOutcome,
  now: Instant,
): Decision<never> {
  return order.stockOutcome === undefined
    ? toChangedOrder(applyOrderChange(order, { stockOutcome }, now))
    : toUnchangedOrder(order);
}

/** Error: the order may still reach the status that this step needs. */
export type TooEarly = { readonly kind: 'tooEarly' };

/**
 * CONFIRMED → COMPLETED: the payment is captured and the stock committed. The saga captures no
 * other order, but a person can capture a payment at the provider: then it is too early until the
 * saga reaches the capture.
 */
export function decideComplete(
  order: Order,
  { attempt, now, reason }: { attempt: number; now: Instant; reason?: string },
): Decision<UnexpectedStatus | TooEarly> {
  if (!isCurrentAttempt(order, attempt)) return unexpectedStatus(order);
  const { status, stockOutcome } = order;
  if (status === 'COMPLETED' || status === 'FULFILLED') return toUnchangedOrder(order);
  if (status === 'PAYING' || (status === 'CONFIRMED' && stockOutcome === undefined))
    return err({ kind: 'tooEarly' });
  if (status !== 'CONFIRMED' || stockOutcome?.status !== 'committed')
    return unexpectedStatus(order);
  return toChangedOrder(
    applyOrderChange(
      order,
      { status: 'COMPLETED', ...paymentChange(order, 'CAPTURED') },
      now,
      reason,
    ),
  );
}

/**
 * PAYING → PENDING_PAYMENT: the payment was declined. The customer may try again while the hold
 * lasts.
 */
export function decideRejectPayment(
  order: Order,
  step: { attempt: number; code: string; now: Instant },
): Decision<UnexpectedStatus> {
  const { attempt, code, now } = step;
  if (!isCurrentAttempt(order, attempt)) return unexpectedStatus(order);
  if (order.status === 'PENDING_PAYMENT') return toUnchangedOrder(order);
  if (order.status !== 'PAYING') return unexpectedStatus(order);
  const change = { status: 'PENDING_PAYMENT', ...paymentChange(order, 'FAILED', code) } as const;
  return toChangedOrder(applyOrderChange(order, change, now, `payment declined: ${code}`));
}

export type AlreadyCompleted = { readonly kind: 'alreadyCompleted' };

/**
 * PAYING or CONFIRMED → CANCELLING, before any compensation. No step towards completion applies
 * afterwards.
 */
export function decideBeginCancellation(
  order: Order,
  step: { attempt: number; reason: string; now: Instant },
): Decision<UnexpectedStatus | AlreadyCompleted> {
  const { attempt, reason, now } = step;
  if (!isCurrentAttempt(order, attempt)) return unexpectedStatus(order);
  switch (order.status) {
    case 'PAYING':
    case 'CONFIRMED':
      return toChangedOrder(applyOrderChange(order, { status: 'CANCELLING' }, now, reason));
    case 'CANCELLING':
      return toUnchangedOrder(order);
    case 'COMPLETED':
    case 'FULFILLED':
      // The capture succeeded, its response was lost, and its event arrived first.
      return err({ kind: 'alreadyCompleted' });
    case 'PENDING_PAYMENT':
    case 'CANCELLED':
    case 'NEEDS_ATTENTION':
      return unexpectedStatus(order);
  }
}

/** CANCELLING → CANCELLED: the payment is reversed and the stock released. */
export function decideConcludeCancellation(
  order: Order,
  step: { reversal: ReversalResult['status']; now: Instant },
): Decision<UnexpectedStatus> {
  if (order.status === 'CANCELLED') return toUnchangedOrder(order);
  if (order.status !== 'CANCELLING') return unexpectedStatus(order);
  const payment = step.reversal === 'NONE' ? {} : paymentChange(order, step.reversal);
  const reason = order.timeline.findLast(({ status }) => status === 'CANCELLING')?.reason;
  return toChangedOrder(
    applyOrderChange(
      order,
      { status: 'CANCELLED', isReleased: true, ...payment },
      step.now,
      reason,
    ),
  );
}

/**
 * CANCELLING → NEEDS_ATTENTION, with the payment's status. Staff or the reconciler resume the
 * order.
 */
export function decideFlagForAttention(
  order: Order,
  {
    reason,
    paymentStatus,
    now,
  }: { reason: string; paymentStatus?: OrderPaymentStatus | undefined; now: Instant },
): Decision<UnexpectedStatus> {
  if (order.status === 'NEEDS_ATTENTION') return toUnchangedOrder(order);
  const isUnderWay =
    order.status === 'PAYING' || order.status === 'CONFIRMED' || order.status === 'CANCELLING';
  if (!isUnderWay) return unexpectedStatus(order);
  const payment = paymentStatus === undefined ? {} : paymentChange(order, paymentStatus);
  return toChangedOrder(
    applyOrderChange(order, { status: 'NEEDS_ATTENTION', ...payment }, now, reason),
  );
}
