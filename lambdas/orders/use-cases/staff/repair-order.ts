import { deriveId } from '../../../shared/core/fingerprint.ts';
import type { Result } from '../../../shared/core/result.ts';
import type { NotFound } from '../../domain/decision.ts';
import type { Order } from '../../domain/order.ts';
import { decideRepair, type RepairCommand, type RepairError } from '../../domain/repair-order.ts';
import { executionStatusOf } from '../../domain/saga-retention.ts';
import { changeOrder } from '../change-order.ts';
import type { OrderStore, SagaReader, Sagas } from '../ports.ts';
import { startSaga } from '../saga/start-saga.ts';

/**
 * Repairs an order for the reconciler. A repeat starts the saga again, in case the first request
 * crashed before it did.
 */
export async function repairOrder(
  { orders, sagas }: { readonly orders: OrderStore; readonly sagas: Sagas & SagaReader },
  input: Omit<RepairCommand, 'executionStatus' | 'operationId'> & { readonly orderId: string },
): Promise<Result<Order, RepairError | NotFound>> {
  const command = { ...input, operationId: operationIdOf(input) };
  const { saga } = (await orders.get(command.orderId)) ?? {};
  const executionStatus = saga === undefined ? 'NOT_STARTED' : await sagas.executionStatus(saga);
  // The repair requires the audited version, so the execution belongs to the order's current saga.
  const result = await changeOrder<RepairError>(orders, command.orderId, (order) =>
    decideRepair(order, {
      ...command,
      executionStatus: executionStatusOf(order, executionStatus, command.now),
    }),
  );
  if (result.ok) await startSaga(sagas, result.value, command.operationId, command.now);
  return result;
}

/**
 * Returns an id made of the repair itself, because the reconciler's functions repeat each other's
 * repairs.
 */
const operationIdOf = ({
  findingId,
  action,
  version,
}: Omit<RepairCommand, 'executionStatus' | 'operationId'>) =>
  `repair-${deriveId(findingId, action, String(version))}`;
