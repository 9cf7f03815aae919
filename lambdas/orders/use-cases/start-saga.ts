import type { Order } from '../domain/order.ts';
import type { Sagas } from './ports.ts';

/** Starts the saga that this request set, unless another has taken the order over since. Starting it twice is starting it once. */
export async function startSaga(sagas: Sagas, order: Order, operationId: string): Promise<void> {
  const saga = order.requests[operationId]?.saga;
  if (saga === undefined || saga.name !== order.saga?.name) return;
  const { orderId, correlationId, total, payment } = order;
  await sagas.start(saga, {
    orderId,
    attempt: payment?.attempt ?? 0,
    correlationId,
    total,
    paymentMethod: payment?.paymentMethod ?? '',
  });
}
