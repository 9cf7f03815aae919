import type { Instant } from '../../shared/core/instant.ts';
import { refused } from '../../shared/core/result.ts';
import { type Decision, toChanged, unchanged } from './decision.ts';
import {
  changed,
  type Order,
  type OrderStatus,
  type PaymentStatus,
  type StockAnswer,
} from './order.ts';

/** The order has moved on: this step of that attempt is no longer its next. */
export type OutOfStep = { readonly kind: 'outOfStep'; readonly orderStatus: OrderStatus };

export const outOfStep = ({ status }: Order) =>
  refused({ kind: 'outOfStep', orderStatus: status } as const);
export const isAttempt = ({ payment }: Order, attempt: number): boolean =>
  payment?.attempt === attempt;

/** The payment in another status. */
export function withPayment({ payment }: Order, status: PaymentStatus, lastError?: string) {
  if (payment === null) return {};
  return { payment: { ...payment, status, ...(lastError === undefined ? {} : { lastError }) } };
}

/** PAYING → CONFIRMED, which is published, and inventory takes the stock. A retried step brings a new token. */
export function decideConfirm(
  order: Order,
  step: { attempt: number; taskToken: string; now: Instant },
): Decision<OutOfStep> {
  const { attempt, taskToken, now } = step;
  if (!isAttempt(order, attempt)) return outOfStep(order);
  if (order.status === 'CONFIRMED') {
    return order.taskToken === taskToken
      ? unchanged(order)
      : toChanged(changed(order, { taskToken }, now));
  }
  if (order.status !== 'PAYING') return outOfStep(order);
  return toChanged(
    changed(order, { status: 'CONFIRMED', taskToken, ...withPayment(order, 'AUTHORIZED') }, now),
  );
}

/** Kept however late it comes; the first answer stands, since inventory answers an order once. */
export function decideStockAnswer(
  order: Order,
  stockAnswer: StockAnswer,
  now: Instant,
): Decision<never> {
  return order.stockAnswer === undefined
    ? toChanged(changed(order, { stockAnswer }, now))
    : unchanged(order);
}

/** The order may still come to be what it is to be for this. */
export type TooEarly = { readonly kind: 'tooEarly' };

/**
 * CONFIRMED → COMPLETED: the money is ours, and the stock is taken. The saga captures for no other order, but a payment can be
 * captured at its provider by hand: then it is too early, until the saga has come so far.
 */
export function decideComplete(
  order: Order,
  { attempt, now, reason }: { attempt: number; now: Instant; reason?: string },
): Decision<OutOfStep | TooEarly> {
  if (!isAttempt(order, attempt)) return outOfStep(order);
  const { status, stockAnswer } = order;
  if (status === 'COMPLETED' || status === 'FULFILLED') return unchanged(order);
  if (status === 'PAYING' || (status === 'CONFIRMED' && stockAnswer === undefined))
    return refused({ kind: 'tooEarly' });
  if (status !== 'CONFIRMED' || stockAnswer?.outcome !== 'committed') return outOfStep(order);
  return toChanged(
    changed(order, { status: 'COMPLETED', ...withPayment(order, 'CAPTURED') }, now, reason),
  );
}

/** PAYING → PENDING_PAYMENT: declined; the customer may try again while the hold lasts. */
export function decideReject(
  order: Order,
  step: { attempt: number; code: string; now: Instant },
): Decision<OutOfStep> {
  const { attempt, code, now } = step;
  if (!isAttempt(order, attempt)) return outOfStep(order);
  if (order.status === 'PENDING_PAYMENT') return unchanged(order);
  if (order.status !== 'PAYING') return outOfStep(order);
  const change = { status: 'PENDING_PAYMENT', ...withPayment(order, 'FAILED', code) } as const;
  return toChanged(changed(order, change, now, `payment declined: ${code}`));
}

export type AlreadyCompleted = { readonly kind: 'alreadyCompleted' };

/** → CANCELLING, before anything is undone: from here no step of the good path can go on. */
export function decideBeginCancellation(
  order: Order,
  step: { attempt: number; reason: string; now: Instant },
): Decision<OutOfStep | AlreadyCompleted> {
  const { attempt, reason, now } = step;
  if (!isAttempt(order, attempt)) return outOfStep(order);
  switch (order.status) {
    case 'PAYING':
    case 'CONFIRMED':
      return toChanged(changed(order, { status: 'CANCELLING' }, now, reason));
    case 'CANCELLING':
      return unchanged(order);
    case 'COMPLETED':
    case 'FULFILLED':
      // The capture did its work and its answer was lost, and its event came first: there is nothing to undo.
      return refused({ kind: 'alreadyCompleted' });
    case 'PENDING_PAYMENT':
    case 'CANCELLED':
    case 'NEEDS_ATTENTION':
      return outOfStep(order);
  }
}

/** CANCELLING → CANCELLED: the money is given back and the stock released. */
export function decideCancelled(
  order: Order,
  step: { returned: 'VOIDED' | 'REFUNDED' | 'REFUND_PENDING' | 'FAILED' | 'NONE'; now: Instant },
): Decision<OutOfStep> {
  if (order.status === 'CANCELLED') return unchanged(order);
  if (order.status !== 'CANCELLING') return outOfStep(order);
  const payment = step.returned === 'NONE' ? {} : withPayment(order, step.returned);
  const reason = order.timeline.findLast(({ status }) => status === 'CANCELLING')?.reason;
  return toChanged(
    changed(order, { status: 'CANCELLED', isReleased: true, ...payment }, step.now, reason),
  );
}

/** CANCELLING → NEEDS_ATTENTION, with what became of the payment; a person, or the reconciler, resumes it. */
export function decidePark(
  order: Order,
  {
    reason,
    paymentStatus,
    now,
  }: { reason: string; paymentStatus?: PaymentStatus | undefined; now: Instant },
): Decision<OutOfStep> {
  if (order.status === 'NEEDS_ATTENTION') return unchanged(order);
  const isUnderWay =
    order.status === 'PAYING' || order.status === 'CONFIRMED' || order.status === 'CANCELLING';
  if (!isUnderWay) return outOfStep(order);
  const payment = paymentStatus === undefined ? {} : withPayment(order, paymentStatus);
  return toChanged(changed(order, { status: 'NEEDS_ATTENTION', ...payment }, now, reason));
}
