import { RetryLater } from '../../shared/core/faults.ts';
import type { Instant } from '../../shared/core/instant.ts';
import { accepted, type Result, refused } from '../../shared/core/result.ts';
import { log } from '../../shared/observability/logger.ts';
import { isTooOld, mustExtend, PAYING_HOLD_SECONDS } from '../domain/customer-steps.ts';
import type { NotFound } from '../domain/decision.ts';
import type { Order } from '../domain/order.ts';
import {
  decideAwaitAction,
  decideGoOn,
  decideMoneyBack,
  decideTooLate,
  hasGoneOn,
  isAwaitingAction,
  type MoneyBack,
} from '../domain/payment-events.ts';
import { isStartable } from '../domain/saga-age.ts';
import type { OutOfStep } from '../domain/saga-steps.ts';
import { changeOrder } from './change-order.ts';
import {
  type HoldPorts,
  holdLonger,
  type LastingHold,
  type LongerHold,
  type NotHeld,
} from './extend-hold.ts';
import type { OrderStore, Sagas } from './ports.ts';
import { sagaInputOf } from './start-saga.ts';

type Ports = HoldPorts & { readonly orders: OrderStore; readonly sagas: Sagas };
type Claiming = Pick<LongerHold, 'claimId' | 'caps'>;
type Step = {
  readonly orderId: string;
  readonly attempt: number;
  readonly correlationId: string;
  readonly now: Instant;
};

/**
 * The provider requires an action of the customer: the hold is extended once to PAYING_HOLD_SECONDS, then the
 * order waits. Where the hold cannot be extended, the order waits for as long as the hold lasts.
 */
export async function awaitAction(
  ports: Omit<Ports, 'sagas'>,
  step: Step & Claiming,
): Promise<Result<{ status: Order['status'] }, OutOfStep | NotFound>> {
  const { orders } = ports;
  const { orderId, attempt } = step;
  const order = await orders.get(orderId);
  if (order === undefined) return refused({ kind: 'notFound' });
  const isFirst = order.status === 'PAYING' && order.payment?.continuations === undefined;
  const extended = isFirst
    ? await holdLonger(ports, order, { ...step, step: `action-${attempt}` }, PAYING_HOLD_SECONDS)
    : undefined;
  const hold = extended?.ok === true ? extended.value : {};
  const result = await changeOrder(orders, orderId, (current) =>
    decideAwaitAction(current, { ...step, claimId: undefined, ...hold }),
  );
  return result.ok ? accepted({ status: result.value.status }) : result;
}

/**
 * The customer's action is done, or failed: the attempt goes on with a saga of its own, which looks the
 * payment up. Where the stock was sold, the customer holds too much, or the order is too old for its price, the order is cancelled and its
 * money given back.
 */
export async function goOnAfterAction(
  ports: Ports,
  step: Step & Claiming & { readonly holdSeconds: number },
): Promise<void> {
  const { orders, sagas } = ports;
  const { orderId, attempt, now } = step;
  const order = await orders.get(orderId);
  if (order === undefined) {
    log.warn('a payment of an order that is not known', { orderId, attempt });
    return;
  }
  const isWaiting = isAwaitingAction(order, attempt);
  const isLate = isWaiting && isTooOld(order, step);
  const extended: Result<LastingHold, NotHeld> =
    isWaiting && !isLate && mustExtend(order, now)
      ? await holdLonger(
          ports,
          order,
          { ...step, step: `action-done-${attempt}` },
          PAYING_HOLD_SECONDS,
        )
      : accepted({ expiresAt: order.expiresAt });
  const result = await changeOrder<OutOfStep>(orders, orderId, (current) =>
    extended.ok && !isLate
      ? decideGoOn(current, { ...step, claimId: undefined, ...extended.value })
      : decideTooLate(current, step),
  );
  if (!result.ok) {
    log.info('a completed action changes nothing', { orderId, attempt, refusal: result.refusal });
    return;
  }
  const { saga } = result.value;
  const isOurs = hasGoneOn(result.value, attempt) || result.value.status === 'CANCELLING';
  if (isOurs && saga !== undefined && isStartable(result.value, now))
    await sagas.start(saga, sagaInputOf(result.value));
}

/** Throws RetryLater for an order that may still be completed: it must not miss the message. */
export async function recordMoneyBack(
  { orders }: Pick<Ports, 'orders'>,
  { orderId, ...money }: MoneyBack & { readonly orderId: string },
): Promise<void> {
  const result = await changeOrder(orders, orderId, (order) => decideMoneyBack(order, money));
  if (result.ok) return;
  if (result.refusal.kind === 'tooEarly')
    throw new RetryLater(`order ${orderId} is not completed yet`);
  log.warn('a refund of an order that is not known', { orderId });
}
