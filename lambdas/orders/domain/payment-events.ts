import { defined } from '../../shared/core/defined.ts';
import type { Instant } from '../../shared/core/instant.ts';
import { err } from '../../shared/core/result.ts';
import { type Decision, toChangedOrder, toUnchangedOrder } from './decision.ts';
import { applyOrderChange, type Order, type Saga } from './order.ts';
import {
  isCurrentAttempt,
  paymentChange,
  type TooEarly,
  type UnexpectedStatus,
  unexpectedStatus,
} from './saga-steps.ts';

/**
 * PAYING → PENDING_PAYMENT: the customer's bank requires an action (3-D Secure). The order keeps
 * its hold until the customer pays again or the provider reports that the action is done.
 */
export function decideAwaitAction(
  order: Order,
  step: {
    attempt: number;
    expiresAt?: string | undefined;
    claimId?: string | undefined;
    now: Instant;
  },
): Decision<UnexpectedStatus> {
  const { attempt, expiresAt = order.expiresAt, claimId, now } = step;
  if (!isCurrentAttempt(order, attempt)) return unexpectedStatus(order);
  if (order.status === 'PENDING_PAYMENT') return toUnchangedOrder(order);
  if (order.status !== 'PAYING' || order.payment === null) return unexpectedStatus(order);
  const payment = { ...order.payment, status: 'REQUIRES_ACTION' } as const;
  const change = {
    status: 'PENDING_PAYMENT',
    payment,
    expiresAt,
    ...defined({ claimId }),
  } as const;
  return toChangedOrder(
    applyOrderChange(order, change, now, 'payment requires an action of the customer'),
  );
}

/** Returns true while the order waits for its customer's action in that attempt. */
export const isAwaitingAction = (order: Order, attempt: number): boolean =>
  order.status === 'PENDING_PAYMENT' &&
  order.payment?.status === 'REQUIRES_ACTION' &&
  order.payment.attempt === attempt;

/**
 * Returns the saga that continues an attempt after its action. The name depends on the attempt
 * only, so that duplicate deliveries start it once.
 */
const continuationSagaOf = ({ orderId }: Order, attempt: number): Saga => ({
  machine: 'process',
  name: `${orderId}-${attempt}-action`,
});

/** Returns the saga that reverses an authorization that came too late. */
const lateCancellationSagaOf = ({ orderId }: Order, attempt: number): Saga => ({
  machine: 'cancel',
  name: `${orderId}-${attempt}-late`,
});

/**
 * Returns true when an earlier delivery wrote the order and may have crashed before it started the
 * saga.
 */
export const hasContinued = (order: Order, attempt: number): boolean =>
  order.status === 'PAYING' && order.saga?.name === continuationSagaOf(order, attempt).name;

/**
 * Returns true when an earlier delivery cancelled the order because the action came too late, and
 * may have crashed before it started the saga.
 */
export const hasCancelledLate = (order: Order, attempt: number): boolean =>
  order.status === 'CANCELLING' && order.saga?.name === lateCancellationSagaOf(order, attempt).name;

/** PENDING_PAYMENT → PAYING: the action is done and the attempt continues. */
export function decideContinue(
  order: Order,
  {
    attempt,
    expiresAt,
    claimId,
    now,
  }: { attempt: number; expiresAt: string; claimId?: string | undefined; now: Instant },
): Decision<UnexpectedStatus> {
  if (hasContinued(order, attempt) || hasCancelledLate(order, attempt))
    return toUnchangedOrder(order);
  if (!isAwaitingAction(order, attempt)) return unexpectedStatus(order);
  const saga = continuationSagaOf(order, attempt);
  const hold = { expiresAt, ...defined({ claimId }) };
  const change = { status: 'PAYING', saga, ...hold, ...paymentChange(order, 'PENDING') } as const;
  return toChangedOrder(applyOrderChange(order, change, now));
}

/**
 * PENDING_PAYMENT → CANCELLING: the action is done, but the stock was sold or the price is no
 * longer valid.
 */
export function decideCancelLate(
  order: Order,
  { attempt, now }: { attempt: number; now: Instant },
): Decision<UnexpectedStatus> {
  if (hasCancelledLate(order, attempt)) return toUnchangedOrder(order);
  if (!isAwaitingAction(order, attempt)) return unexpectedStatus(order);
  const saga = lateCancellationSagaOf(order, attempt);
  const reason = 'the customer authorized the payment too late';
  return toChangedOrder(applyOrderChange(order, { status: 'CANCELLING', saga }, now, reason));
}

export type ProviderReversal = {
  readonly attempt: number;
  /** True for a dispute: the customer's bank has taken the amount for now. */
  readonly isDispute: boolean;
  /** True when all of the captured amount is refunded. */
  readonly isFull: boolean;
  readonly now: Instant;
};

/**
 * Records a refund or dispute that Stockbook did not request. COMPLETED → NEEDS_ATTENTION after a
 * full refund or a dispute, so that the goods are not shipped. A partial refund changes only the
 * payment's record.
 */
export function decideProviderReversal(
  order: Order,
  { attempt, isDispute, isFull, now }: ProviderReversal,
): Decision<TooEarly> {
  if (!isCurrentAttempt(order, attempt) || !(isDispute || isFull)) return toUnchangedOrder(order);
  const payment = isFull ? paymentChange(order, 'REFUNDED') : {};
  switch (order.status) {
    case 'PAYING':
    case 'CONFIRMED':
      return err({ kind: 'tooEarly' });
    case 'COMPLETED': {
      const reason = isDispute
        ? "the customer's bank disputes the payment"
        : 'the payment was refunded at the provider';
      return toChangedOrder(
        applyOrderChange(order, { status: 'NEEDS_ATTENTION', ...payment }, now, reason),
      );
    }
    case 'FULFILLED':
    case 'CANCELLED':
    case 'NEEDS_ATTENTION':
      return isFull && order.payment?.status !== 'REFUNDED'
        ? toChangedOrder(applyOrderChange(order, payment, now))
        : toUnchangedOrder(order);
    case 'PENDING_PAYMENT':
    case 'CANCELLING':
      return toUnchangedOrder(order);
  }
}
