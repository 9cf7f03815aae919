import type { Instant } from '../../../shared/core/instant.ts';
import { err, ok, type Result } from '../../../shared/core/result.ts';
import type { HoldCaps } from '../../domain/customer-holds.ts';
import {
  decidePay,
  isHoldTooShort,
  nextPaymentOf,
  PAYMENT_HOLD_SECONDS,
  type PayError,
} from '../../domain/customer-steps.ts';
import type { NotFound } from '../../domain/decision.ts';
import type { Order } from '../../domain/order.ts';
import { changeOwnOrder } from '../change-order.ts';
import type { OrderStore, Sagas } from '../ports.ts';
import { startSaga } from '../saga/start-saga.ts';
import {
  claimAndExtendHold,
  type ExtendHoldError,
  type HoldEnd,
  type HoldPorts,
} from './extend-hold.ts';

export type PayOrderInput = {
  readonly orderId: string;
  readonly customerId: string;
  readonly paymentMethod: string;
  readonly operationId: string;
  readonly fingerprint: string;
  /** Random id, new for each request. */
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
type PayOrderError = PayError | NotFound | ExtendHoldError;

/**
 * Checks the request, extends the hold, writes PAYING and starts the saga. A rejected request
 * extends nothing. A repeat starts the saga again, in case the first request crashed before it did.
 */
export async function payOrder(
  ports: Ports,
  command: PayOrderInput,
): Promise<Result<Order, PayOrderError>> {
  const { orders, sagas } = ports;
  const order = await orders.get(command.orderId);
  if (order === undefined || order.customerId !== command.customerId)
    return err({ kind: 'notFound' });
  const firstDecision = decidePay(order, { ...command, expiresAt: order.expiresAt });
  if (!firstDecision.ok) return firstDecision;
  const hold = await ensureHold(ports, firstDecision.value.isChanged, order, command);
  if (!hold.ok) return hold;
  const result = await changeOwnOrder<PayError>(orders, command, (current) =>
    decidePay(current, { ...command, claimId: undefined, ...hold.value }),
  );
  if (!result.ok) return result;
  await startSaga(sagas, result.value, command.operationId, command.now);
  return result;
}

/**
 * Returns the current hold if it lasts long enough or the request is a repeat; otherwise extends
 * it.
 */
async function ensureHold(
  ports: HoldPorts,
  isNewPayment: boolean,
  order: Order,
  command: PayOrderInput,
): Promise<Result<HoldEnd, ExtendHoldError>> {
  if (!isNewPayment || !isHoldTooShort(order, command.now))
    return ok({ expiresAt: order.expiresAt });
  const step = `payment-${nextPaymentOf(order, command.paymentMethod).suffix}`;
  return claimAndExtendHold(ports, order, { ...command, step }, PAYMENT_HOLD_SECONDS);
}
