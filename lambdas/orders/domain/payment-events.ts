import type { Instant } from '../../shared/core/instant.ts';
import { refused } from '../../shared/core/result.ts';
import { type Decision, toChanged, unchanged } from './decision.ts';
import { changed, type Order, type Saga } from './order.ts';
import { isAttempt, type OutOfStep, outOfStep, type TooEarly, withPayment } from './saga-steps.ts';

/**
 * PAYING → PENDING_PAYMENT: the customer's bank requires an action (3-D Secure). The order keeps its hold;
 * the customer does it and asks to pay again, or the provider reports that it is done.
 */
export function decideAwaitAction(
  order: Order,
  step: {
    attempt: number;
    expiresAt?: string | undefined;
    claimId?: string | undefined;
    now: Instant;
  },
): Decision<OutOfStep> {
  const { attempt, expiresAt = order.expiresAt, claimId, now } = step;
  if (!isAttempt(order, attempt)) return outOfStep(order);
  if (order.status === 'PENDING_PAYMENT') return unchanged(order);
  if (order.status !== 'PAYING' || order.payment === null) return outOfStep(order);
  const payment = { ...order.payment, status: 'REQUIRES_ACTION' } as const;
  const change = { status: 'PENDING_PAYMENT', payment, expiresAt, ...claimedBy(claimId) } as const;
  return toChanged(changed(order, change, now, 'payment requires an action of the customer'));
}

const claimedBy = (claimId: string | undefined) => (claimId === undefined ? {} : { claimId });

/** True while the order waits for its customer's action in that attempt. */
export const isAwaitingAction = (order: Order, attempt: number): boolean =>
  order.status === 'PENDING_PAYMENT' &&
  order.payment?.status === 'REQUIRES_ACTION' &&
  order.payment.attempt === attempt;

/** The saga that goes on with an attempt whose action is done. One message starts it once, however often it is delivered. */
const sagaAfterAction = ({ orderId }: Order, attempt: number): Saga => ({
  machine: 'process',
  name: `${orderId}-${attempt}-action`,
});

/** True when an earlier delivery of the message may have died before it started the saga. */
export const hasGoneOn = (order: Order, attempt: number): boolean =>
  order.status === 'PAYING' && order.saga?.name === sagaAfterAction(order, attempt).name;

/** PENDING_PAYMENT → PAYING: the action is done, so the attempt goes on. */
export function decideGoOn(
  order: Order,
  {
    attempt,
    expiresAt,
    claimId,
    now,
  }: { attempt: number; expiresAt: string; claimId?: string | undefined; now: Instant },
): Decision<OutOfStep> {
  if (hasGoneOn(order, attempt)) return unchanged(order);
  if (!isAwaitingAction(order, attempt)) return outOfStep(order);
  const saga = sagaAfterAction(order, attempt);
  const hold = { expiresAt, ...claimedBy(claimId) };
  const change = { status: 'PAYING', saga, ...hold, ...withPayment(order, 'PENDING') } as const;
  return toChanged(changed(order, change, now));
}

/** The saga that gives back what was authorized too late. */
const sagaTooLate = ({ orderId }: Order, attempt: number): Saga => ({
  machine: 'cancel',
  name: `${orderId}-${attempt}-late`,
});

/** PENDING_PAYMENT → CANCELLING: the action is done, but the stock was sold, or the order is too old for its price. */
export function decideTooLate(
  order: Order,
  { attempt, now }: { attempt: number; now: Instant },
): Decision<OutOfStep> {
  const saga = sagaTooLate(order, attempt);
  if (order.status === 'CANCELLING' && order.saga?.name === saga.name) return unchanged(order);
  if (!isAwaitingAction(order, attempt)) return outOfStep(order);
  const reason = 'the customer authorized the payment too late';
  return toChanged(changed(order, { status: 'CANCELLING', saga }, now, reason));
}

export type MoneyBack = {
  readonly attempt: number;
  /** True for a dispute: the customer's bank has taken the money for now. */
  readonly isDispute: boolean;
  /** True when all of the captured amount is refunded. */
  readonly isAll: boolean;
  readonly now: Instant;
};

/**
 * Money went back at the provider. COMPLETED → NEEDS_ATTENTION when all of it did, or when the customer's
 * bank disputes the payment: the goods must not be shipped until a person has decided. A part that was
 * refunded is on the payment's record alone.
 */
export function decideMoneyBack(
  order: Order,
  { attempt, isDispute, isAll, now }: MoneyBack,
): Decision<TooEarly> {
  if (!isAttempt(order, attempt) || !(isDispute || isAll)) return unchanged(order);
  const payment = isAll ? withPayment(order, 'REFUNDED') : {};
  switch (order.status) {
    case 'PAYING':
    case 'CONFIRMED':
      return refused({ kind: 'tooEarly' });
    case 'COMPLETED': {
      const reason = isDispute
        ? "the customer's bank disputes the payment"
        : 'the payment was refunded at the provider';
      return toChanged(changed(order, { status: 'NEEDS_ATTENTION', ...payment }, now, reason));
    }
    case 'FULFILLED':
    case 'CANCELLED':
    case 'NEEDS_ATTENTION':
      return isAll && order.payment?.status !== 'REFUNDED'
        ? toChanged(changed(order, payment, now))
        : unchanged(order);
    case 'PENDING_PAYMENT':
    case 'CANCELLING':
      return unchanged(order);
  }
}
