import { RetryLater } from '../../shared/faults.ts';
import type { Instant } from '../../shared/instant.ts';
import { log } from '../../shared/logger.ts';
import { accepted, type Result, refused } from '../../shared/result.ts';
import { isTooOld, mustExtend, PAYING_HOLD_SECONDS } from '../domain/customer-steps.ts';
import type { NotFound } from '../domain/decision.ts';
import type { NextAction, Order } from '../domain/order.ts';
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
import { extendHold } from './extend-hold.ts';
import type { Inventory, OrderStore, Sagas } from './ports.ts';
import { sagaInputOf } from './start-saga.ts';

type Ports = { readonly orders: OrderStore; readonly inventory: Inventory; readonly sagas: Sagas };
type Step = {
  readonly orderId: string;
  readonly attempt: number;
  readonly correlationId: string;
  readonly now: Instant;
};

/**
 * The provider requires an action of the customer: the hold is extended once to PAYING_HOLD_SECONDS, then the
 * order waits. The claim of the payment's request covers the extension, because the order's hold still lasts.
 */
export async function awaitAction(
  { orders, inventory }: Omit<Ports, 'sagas'>,
  step: Step & { readonly nextAction: NextAction },
): Promise<Result<{ status: Order['status'] }, OutOfStep | NotFound>> {
  const { orderId, attempt } = step;
  const order = await orders.get(orderId);
  if (order === undefined) return refused({ kind: 'notFound' });
  const isFirst = order.status === 'PAYING' && order.payment?.continuations === undefined;
  const extended = isFirst
    ? await extendHold(inventory, { ...step, step: `action-${attempt}` }, PAYING_HOLD_SECONDS)
    : undefined;
  const expiresAt = extended?.ok === true ? extended.value.expiresAt : undefined;
  const result = await changeOrder(orders, orderId, (current) =>
    decideAwaitAction(current, { ...step, expiresAt }),
  );
  return result.ok ? accepted({ status: result.value.status }) : result;
}

/**
 * The customer's action is done, or failed: the attempt goes on with a saga of its own, which looks the
 * payment up. Where the stock was sold, or the order is too old for its price, the order is cancelled and its
 * money given back.
 */
export async function goOnAfterAction(
  { orders, inventory, sagas }: Ports,
  step: Step & { readonly holdSeconds: number },
): Promise<void> {
  const { orderId, attempt, now } = step;
  const order = await orders.get(orderId);
  if (order === undefined) {
    log.warn('a payment of an order that is not known', { orderId, attempt });
    return;
  }
  const isWaiting = isAwaitingAction(order, attempt);
  const isLate = isWaiting && isTooOld(order, step);
  const extended =
    isWaiting && !isLate && mustExtend(order, now)
      ? await extendHold(inventory, { ...step, step: `action-done-${attempt}` }, PAYING_HOLD_SECONDS)
      : accepted({ expiresAt: order.expiresAt });
  const result = await changeOrder<OutOfStep>(orders, orderId, (current) =>
    extended.ok && !isLate
      ? decideGoOn(current, { ...step, expiresAt: extended.value.expiresAt })
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
  if (result.refusal.kind === 'tooEarly') throw new RetryLater(`order ${orderId} is not completed yet`);
  log.warn('a refund of an order that is not known', { orderId });
}
