import type { Instant } from '../../../shared/core/instant.ts';
import type { Result } from '../../../shared/core/result.ts';
import {
  type CancelError,
  decideCancel,
  decideFulfil,
  decideResume,
  type FulfilError,
  type ResumeError,
} from '../../domain/customer-steps.ts';
import type { NotFound } from '../../domain/decision.ts';
import type { Order } from '../../domain/order.ts';
import { changeOrder, changeOwnOrder } from '../change-order.ts';
import type { CustomerHoldStore, InventoryClient, OrderStore, Sagas } from '../ports.ts';
import { startSaga } from '../saga/start-saga.ts';

type Command = {
  readonly orderId: string;
  readonly operationId: string;
  readonly fingerprint: string;
  readonly correlationId: string;
  readonly now: Instant;
};
type CancelPorts = {
  readonly orders: OrderStore;
  readonly customers: CustomerHoldStore;
  readonly inventory: InventoryClient;
  readonly sagas: Sagas;
};

/**
 * Cancels the customer's own order, or any order when the command names no customer (staff). Writes
 * CANCELLED first, then releases the units, then drops the claim. After a crash in between, a
 * repeat does the rest or the hold expires.
 */
export async function cancelOrder(
  { orders, customers, inventory, sagas }: CancelPorts,
  command: Command & { readonly customerId?: string; readonly reason: string },
): Promise<Result<Order, CancelError | NotFound>> {
  const { operationId, correlationId, customerId } = command;
  const decide = (order: Order) => decideCancel(order, command);
  const result =
    customerId === undefined
      ? await changeOrder<CancelError>(orders, command.orderId, decide)
      : await changeOwnOrder<CancelError>(orders, { ...command, customerId }, decide);
  if (!result.ok) return result;
  const { orderId, requests } = result.value;
  if (requests[operationId]?.responseStatus === 'CANCELLED') {
    const released = await inventory.release({ orderId, correlationId });
    if (released.ok) await customers.dropOrder(result.value.customerId, orderId);
  }
  await startSaga(sagas, result.value, operationId, command.now);
  return result;
}

export const fulfilOrder = (
  { orders }: { readonly orders: OrderStore },
  command: Command,
): Promise<Result<Order, FulfilError | NotFound>> =>
  changeOrder<FulfilError>(orders, command.orderId, (order) => decideFulfil(order, command));

/** Runs the compensation of an order that needs attention again. */
export async function resumeOrder(
  { orders, sagas }: { readonly orders: OrderStore; readonly sagas: Sagas },
  command: Command,
): Promise<Result<Order, ResumeError | NotFound>> {
  const result = await changeOrder<ResumeError>(orders, command.orderId, (order) =>
    decideResume(order, command),
  );
  if (result.ok) await startSaga(sagas, result.value, command.operationId, command.now);
  return result;
}
