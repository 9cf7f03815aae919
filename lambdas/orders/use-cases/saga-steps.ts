import { RetryLater } from '../../shared/core/faults.ts';
import type { Instant } from '../../shared/core/instant.ts';
import { accepted, type Result } from '../../shared/core/result.ts';
import { log } from '../../shared/observability/logger.ts';
import type { NotFound } from '../domain/decision.ts';
import type { Order, PaymentStatus } from '../domain/order.ts';
import {
  type AlreadyCompleted,
  decideBeginCancellation,
  decideCancelled,
  decideComplete,
  decideConfirm,
  decidePark,
  decideReject,
  decideStockAnswer,
  type OutOfStep,
} from '../domain/saga-steps.ts';
import { changeOrder } from './change-order.ts';
import type { Inventory, OrderStore, WaitingSaga } from './ports.ts';

type Step = { readonly orderId: string; readonly attempt: number; readonly now: Instant };
type StepResult<Refusal = OutOfStep> = Promise<
  Result<{ status: Order['status'] }, Refusal | NotFound>
>;
type Orders = { readonly orders: OrderStore };

const statusOf = async <Refusal>(changing: Promise<Result<Order, Refusal>>) => {
  const result = await changing;
  return result.ok ? accepted({ status: result.value.status }) : result;
};

/**
 * CONFIRMED, and the saga waits. Where this is a retry (with a new token) and inventory has answered already, the answer is
 * passed on here: nobody else would.
 */
export async function confirmOrder(
  { orders, waiting }: Orders & { readonly waiting: WaitingSaga },
  step: Step & { readonly taskToken: string },
): StepResult {
  const result = await changeOrder(orders, step.orderId, (order) => decideConfirm(order, step));
  if (result.ok) await passOn(waiting, result.value);
  return statusOf(Promise.resolve(result));
}

export const rejectPayment = (
  { orders }: Orders,
  step: Step & { readonly code: string },
): StepResult => statusOf(changeOrder(orders, step.orderId, (order) => decideReject(order, step)));

export const beginCancellation = (
  { orders }: Orders,
  step: Step & { readonly reason: string },
): StepResult<OutOfStep | AlreadyCompleted> =>
  statusOf(changeOrder(orders, step.orderId, (order) => decideBeginCancellation(order, step)));

export const releaseStock = (
  { inventory }: { readonly inventory: Inventory },
  step: Step & { readonly correlationId: string },
) => inventory.release(step);

export const concludeCancellation = (
  { orders }: Orders,
  step: Step & { readonly returned: 'VOIDED' | 'REFUNDED' | 'REFUND_PENDING' | 'FAILED' | 'NONE' },
): StepResult =>
  statusOf(changeOrder(orders, step.orderId, (order) => decideCancelled(order, step)));

export const parkOrder = (
  { orders }: Orders,
  step: Step & { readonly reason: string; readonly paymentStatus?: PaymentStatus | undefined },
): StepResult => statusOf(changeOrder(orders, step.orderId, (order) => decidePark(order, step)));

type Answer = {
  readonly orderId: string;
  readonly outcome: 'committed' | 'failed';
  readonly code?: string;
};

/** Keeps inventory's answer with the order, then wakes the saga. A late, repeated or unasked answer is no fault. */
export async function recordStockAnswer(
  { orders, waiting }: Orders & { readonly waiting: WaitingSaga },
  { orderId, outcome, code }: Answer,
  now: Instant,
): Promise<void> {
  const answer = { outcome, ...(code === undefined ? {} : { code }) };
  const result = await changeOrder(orders, orderId, (order) =>
    decideStockAnswer(order, answer, now),
  );
  if (result.ok) await passOn(waiting, result.value);
  else log.warn('a stock answer for an order that is not known', { orderId, outcome });
}

/**
 * The money of an attempt is ours, which payments tells at least once. An order that is being undone, or was completed before, stays
 * as it is: whoever of this and BeginCancellation writes first has the order. Throws RetryLater for one that may still be confirmed.
 */
export async function completeOrder(
  { orders }: Orders,
  { orderId, attempt, now }: Step,
): Promise<void> {
  const result = await changeOrder(orders, orderId, (order) =>
    decideComplete(order, { attempt, now }),
  );
  if (result.ok) return;
  if (result.refusal.kind === 'tooEarly')
    throw new RetryLater(`order ${orderId} is not confirmed, or has no stock yet`);
  log.warn('a captured payment completes no order', { orderId, attempt, refusal: result.refusal });
}

async function passOn(
  waiting: WaitingSaga,
  { status, taskToken, stockAnswer }: Order,
): Promise<void> {
  if (status !== 'CONFIRMED' || taskToken === undefined || stockAnswer === undefined) return;
  if (stockAnswer.outcome === 'committed') await waiting.stockCommitted(taskToken);
  else await waiting.stockCommitFailed(taskToken, stockAnswer.code ?? 'UNKNOWN');
}
