import type { OrderPaymentStatus } from '../../../contracts/api/orders.ts';
import type { ReversalResult } from '../../../contracts/payment-commands.ts';
import { defined } from '../../../shared/core/defined.ts';
import { RetryLaterError } from '../../../shared/core/errors.ts';
import type { Instant } from '../../../shared/core/instant.ts';
import { ok, type Result } from '../../../shared/core/result.ts';
import { logger } from '../../../shared/observability/logger.ts';
import type { NotFound } from '../../domain/decision.ts';
import type { Order } from '../../domain/order.ts';
import {
  type AlreadyCompleted,
  decideBeginCancellation,
  decideComplete,
  decideConcludeCancellation,
  decideConfirm,
  decideFlagForAttention,
  decideRejectPayment,
  decideStockOutcome,
  type UnexpectedStatus,
} from '../../domain/saga-steps.ts';
import { changeOrder } from '../change-order.ts';
import type { InventoryClient, OrderStore, SagaCallback } from '../ports.ts';

type Step = { readonly orderId: string; readonly attempt: number; readonly now: Instant };
type StepResult<E = UnexpectedStatus> = Promise<Result<{ status: Order['status'] }, E | NotFound>>;
type OrderPorts = { readonly orders: OrderStore };

const toStatusResult = async <E>(change: Promise<Result<Order, E>>) => {
  const result = await change;
  return result.ok ? ok({ status: result.value.status }) : result;
};

/**
 * Confirms the order; the saga then waits for the stock outcome. A retry brings a new token. If the
 * outcome has already arrived, it is reported here, because no other code would report it.
 */
export async function confirmOrder(
  { orders, callback }: OrderPorts & { readonly callback: SagaCallback },
  step: Step & { readonly taskToken: string },
): StepResult {
  const result = await changeOrder(orders, step.orderId, (order) => decideConfirm(order, step));
  if (result.ok) await reportStockOutcome(callback, result.value);
  return toStatusResult(Promise.resolve(result));
}

export const rejectPayment = (
  { orders }: OrderPorts,
  step: Step & { readonly code: string },
): StepResult =>
  toStatusResult(changeOrder(orders, step.orderId, (order) => decideRejectPayment(order, step)));

export const beginCancellation = (
  { orders }: OrderPorts,
  step: Step & { readonly reason: string },
): StepResult<UnexpectedStatus | AlreadyCompleted> =>
  toStatusResult(
    changeOrder(orders, step.orderId, (order) => decideBeginCancellation(order, step)),
  );

export const releaseStock = (
  { inventory }: { readonly inventory: InventoryClient },
  step: Step & { readonly correlationId: string },
) => inventory.release(step);

export const concludeCancellation = (
  { orders }: OrderPorts,
  step: Step & { readonly reversal: ReversalResult['status'] },
): StepResult =>
  toStatusResult(
    changeOrder(orders, step.orderId, (order) => decideConcludeCancellation(order, step)),
  );

export const flagOrderForAttention = (
  { orders }: OrderPorts,
  step: Step & { readonly reason: string; readonly paymentStatus?: OrderPaymentStatus | undefined },
): StepResult =>
  toStatusResult(changeOrder(orders, step.orderId, (order) => decideFlagForAttention(order, step)));

type StockOutcomeInput = {
  readonly orderId?: string | undefined;
  /** Service that made the reservation. Undefined for one of orders. */
  readonly owner?: string | undefined;
  readonly status: 'committed' | 'failed';
  readonly code?: string;
};

/**
 * Records the stock outcome, then resumes the saga. A late, repeated or unexpected outcome is no
 * error. The outcome of another service's reservation is ignored, whatever order it names.
 */
export async function recordStockOutcome(
  { orders, callback }: OrderPorts & { readonly callback: SagaCallback },
  { orderId, owner, status, code }: StockOutcomeInput,
  now: Instant,
): Promise<void> {
  if (orderId === undefined || owner !== undefined) return;
  const stockOutcome = { status, ...defined({ code }) };
  const result = await changeOrder(orders, orderId, (order) =>
    decideStockOutcome(order, stockOutcome, now),
  );
  if (result.ok) await reportStockOutcome(callback, result.value);
  else logger.warn('stock outcome for an unknown order', { orderId, status });
}

/**
 * Completes an order whose payment was captured; payments publishes this at least once. An order
 * that is cancelled or completed stays as it is: the first write of this and BeginCancellation
 * decides. Throws RetryLaterError while the order may still be confirmed.
 */
export async function completeOrder(
  { orders }: OrderPorts,
  { orderId, attempt, now }: Step,
): Promise<void> {
  const result = await changeOrder(orders, orderId, (order) =>
    decideComplete(order, { attempt, now }),
  );
  if (result.ok) return;
  if (result.error.kind === 'tooEarly')
    throw new RetryLaterError(
      `order ${orderId} is not confirmed, or its stock is not committed yet`,
    );
  logger.warn('captured payment completed no order', { orderId, attempt, error: result.error });
}

async function reportStockOutcome(
  callback: SagaCallback,
  { status, taskToken, stockOutcome }: Order,
): Promise<void> {
  if (status !== 'CONFIRMED' || taskToken === undefined || stockOutcome === undefined) return;
  if (stockOutcome.status === 'committed') await callback.reportStockCommitted(taskToken);
  else await callback.reportStockCommitFailed(taskToken, stockOutcome.code ?? 'UNKNOWN');
}
