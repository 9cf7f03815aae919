import type { Instant } from '../../shared/core/instant.ts';
import { accepted, type Result, refused } from '../../shared/core/result.ts';
import type { HoldCaps } from '../domain/customer-holds.ts';
import {
  decidePay,
  mustExtend,
  nextPaymentOf,
  PAYING_HOLD_SECONDS,
  type PayRefusal,
} from '../domain/customer-steps.ts';
import type { NotFound } from '../domain/decision.ts';
import type { Order } from '../domain/order.ts';
import { changeOwnOrder } from './change-order.ts';
import { type HoldPorts, holdLonger, type LastingHold, type NotHeld } from './extend-hold.ts';
import type { OrderStore, Sagas } from './ports.ts';
import { startSaga } from './start-saga.ts';

export type PayOrder = {
  readonly orderId: string;
  readonly customerId: string;
  readonly paymentMethod: string;
  readonly operationId: string;
  readonly fingerprint: string;
  /** Random, new for each request. */
  readonly claimId: string;
  readonly holdSeconds: number;
  readonly caps: HoldCaps;
  readonly correlationId: string;
  readonly now: Instant;
};

type Ports = HoldPorts & {
  readonly orders: OrderStore;
  readonly sagas: Sagas;
};
type Refusal = PayRefusal | NotFound | NotHeld;

/**
 * Judges the request, makes the hold last, writes that the order is PAYING, starts its saga. A request that is rejected
 * extends nothing. A repeat starts the saga again, in case the first request died before it did.
 */
export async function payOrder(ports: Ports, command: PayOrder): Promise<Result<Order, Refusal>> {
  const { orders, sagas } = ports;
  const order = await orders.get(command.orderId);
  if (order === undefined || order.customerId !== command.customerId)
    return refused({ kind: 'notFound' });
  const judged = decidePay(order, { ...command, expiresAt: order.expiresAt });
  if (!judged.ok) return judged;
  const held = await lastingHold(ports, judged.value.isChanged, order, command);
  if (!held.ok) return held;
  const paying = await changeOwnOrder<PayRefusal>(orders, command, (current) =>
    decidePay(current, { ...command, claimId: undefined, ...held.value }),
  );
  if (!paying.ok) return paying;
  await startSaga(sagas, paying.value, command.operationId, command.now);
  return paying;
}

/** The hold that there is, where it lasts long enough or this is a repeat; else a longer one. */
async function lastingHold(
  ports: HoldPorts,
  isNext: boolean,
  order: Order,
  command: PayOrder,
): Promise<Result<LastingHold, NotHeld>> {
  if (!isNext || !mustExtend(order, command.now)) return accepted({ expiresAt: order.expiresAt });
  const step = `payment-${nextPaymentOf(order, command.paymentMethod).name}`;
  return holdLonger(ports, order, { ...command, step }, PAYING_HOLD_SECONDS);
}
