import type { Instant } from '../../shared/instant.ts';
import { accepted, type Result, refused } from '../../shared/result.ts';
import { decidePay, mustExtend, PAYING_HOLD_SECONDS, type PayRefusal } from '../domain/customer-steps.ts';
import type { NotFound } from '../domain/decision.ts';
import type { Order } from '../domain/order.ts';
import { changeOwnOrder } from './change-order.ts';
import { extendHold } from './extend-hold.ts';
import type { Inventory, OrderStore, Sagas } from './ports.ts';
import { startSaga } from './start-saga.ts';

export type PayOrder = {
  readonly orderId: string;
  readonly customerId: string;
  readonly paymentMethod: string;
  readonly operationId: string;
  readonly fingerprint: string;
  readonly correlationId: string;
  readonly now: Instant;
};

type Ports = { readonly orders: OrderStore; readonly inventory: Inventory; readonly sagas: Sagas };
type Refusal = PayRefusal | NotFound | { readonly kind: 'reservationExpired' };

/**
 * Only a held order is asked to pay: the hold is made to last first, then the order is PAYING, then its saga is started. A
 * repeat starts it again, in case the first request died before it did.
 */
export async function payOrder(
  { orders, inventory, sagas }: Ports,
  command: PayOrder,
): Promise<Result<Order, Refusal>> {
  const held = await lastingHold(orders, inventory, command);
  if (!held.ok) return held;
  const paying = await changeOwnOrder<PayRefusal>(orders, command, (order) =>
    decidePay(order, { ...command, expiresAt: held.value }),
  );
  if (!paying.ok) return paying;
  await startSaga(sagas, paying.value, command.operationId);
  return paying;
}

/** When the hold lapses: late enough to pay, or what it is where this request will be refused or is a repeat. */
async function lastingHold(
  orders: OrderStore,
  inventory: Inventory,
  command: PayOrder,
): Promise<Result<string, Refusal>> {
  const { orderId, customerId, operationId, now } = command;
  const order = await orders.get(orderId);
  if (order === undefined || order.customerId !== customerId) return refused({ kind: 'notFound' });
  const isNext = order.status === 'PENDING_PAYMENT' && order.requests[operationId] === undefined;
  if (!isNext || !mustExtend(order, now)) return accepted(order.expiresAt);
  const extended = await extendHold(inventory, command, PAYING_HOLD_SECONDS);
  return extended.ok ? accepted(extended.value.expiresAt) : extended;
}
