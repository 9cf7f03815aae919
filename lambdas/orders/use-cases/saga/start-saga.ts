import type { Instant } from '../../../shared/core/instant.ts';
import type { Order } from '../../domain/order.ts';
import { canStartSaga } from '../../domain/saga-retention.ts';
import type { SagaInput, Sagas } from '../ports.ts';

/**
 * Starts the saga that this request set, unless another request has replaced it. Starting it twice
 * is safe while Step Functions knows its name; a repeat months later starts nothing.
 */
export async function startSaga(
  sagas: Sagas,
  order: Order,
  operationId: string,
  now: Instant,
): Promise<void> {
  const saga = order.requests[operationId]?.saga;
  if (saga === undefined || saga.name !== order.saga?.name || !canStartSaga(order, now)) return;
  await sagas.start(saga, sagaInputOf(order));
}

export const sagaInputOf = ({ orderId, correlationId, total, payment }: Order): SagaInput => ({
  orderId,
  attempt: payment?.attempt ?? 0,
  correlationId,
  total,
  paymentMethod: payment?.paymentMethod ?? '',
});
