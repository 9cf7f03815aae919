import { idFrom } from '../../shared/core/fingerprint.ts';
import type { Result } from '../../shared/core/result.ts';
import type { NotFound } from '../domain/decision.ts';
import type { Order } from '../domain/order.ts';
import { decideRepair, type RepairOrder, type RepairRefusal } from '../domain/repair-order.ts';
import { executionKnown } from '../domain/saga-age.ts';
import { changeOrder } from './change-order.ts';
import type { OrderStore, Sagas, SagaWatch } from './ports.ts';
import { startSaga } from './start-saga.ts';

/** The reconciler's command. A repeat starts the saga again, in case the first request died before it did. */
export async function repairOrder(
  { orders, sagas }: { readonly orders: OrderStore; readonly sagas: Sagas & SagaWatch },
  asked: Omit<RepairOrder, 'execution' | 'operationId'> & { readonly orderId: string },
): Promise<Result<Order, RepairRefusal | NotFound>> {
  const command = { ...asked, operationId: operationIdOf(asked) };
  const { saga } = (await orders.get(command.orderId)) ?? {};
  const execution = saga === undefined ? 'NOT_STARTED' : await sagas.execution(saga);
  // Only while the order is at the version that was audited, so the execution is that of its saga.
  const result = await changeOrder<RepairRefusal>(orders, command.orderId, (order) =>
    decideRepair(order, { ...command, execution: executionKnown(order, execution, command.now) }),
  );
  if (result.ok) await startSaga(sagas, result.value, command.operationId, command.now);
  return result;
}

/** Names the repair by what it does, not by who asks: the reconciler's functions repeat each other's repairs. */
const operationIdOf = ({
  findingId,
  action,
  version,
}: Omit<RepairOrder, 'execution' | 'operationId'>) =>
  `repair-${idFrom(findingId, action, String(version))}`;
