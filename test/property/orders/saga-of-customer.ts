import { commitReservation } from '../../../lambdas/inventory/use-cases/reservations/change-reservation.ts';
import type { HoldCaps } from '../../../lambdas/orders/domain/customer-holds.ts';
import type { Order } from '../../../lambdas/orders/domain/order.ts';
import type {
  CustomerHoldStore,
  InventoryClient,
  SagaCallback,
  Sagas,
} from '../../../lambdas/orders/use-cases/ports.ts';
import {
  awaitAction,
  continueAfterAction,
} from '../../../lambdas/orders/use-cases/saga/payment-events.ts';
import {
  beginCancellation,
  completeOrder,
  concludeCancellation,
  confirmOrder,
  recordStockOutcome,
  rejectPayment,
} from '../../../lambdas/orders/use-cases/saga/saga-steps.ts';
import type { MemoryStockStore } from '../../support/memory-stock-store.ts';
import type { MemoryOrderStore } from '../../support/orders/memory-order-stores.ts';
import type { SagaStep } from './customer-steps.ts';

type SagaPorts = {
  readonly orders: MemoryOrderStore;
  readonly customers: CustomerHoldStore;
  readonly inventory: InventoryClient;
  readonly sagas: Sagas;
  readonly callback: SagaCallback;
  readonly book: MemoryStockStore;
};

type SagaSettings = {
  readonly nextClaimId: () => string;
  readonly caps: HoldCaps;
  readonly holdSeconds: number;
  readonly now: number;
};

/** Runs a step of an order's saga, whether or not the order has reached it. */
export async function runSagaStep(
  { book, ...ports }: SagaPorts,
  order: Order,
  step: SagaStep,
  { now, holdSeconds, caps, nextClaimId }: SagaSettings,
): Promise<void> {
  const claim = () => ({ claimId: nextClaimId(), caps, correlationId: 'corr' });
  const { orderId } = order;
  const { orders } = ports;
  const at = { orderId, attempt: order.payment?.attempt ?? 0, now };
  switch (step.kind) {
    case 'decline':
      await rejectPayment(ports, { ...at, code: 'declined' });
      return;
    case 'requireAction':
      await awaitAction(ports, { ...at, ...claim() });
      return;
    case 'actionDone':
      await continueAfterAction(ports, { ...at, ...claim(), holdSeconds });
      return;
    case 'confirm':
      await confirmOrder(ports, { ...at, taskToken: 'token' });
      return;
    case 'commit': {
      if (order.status !== 'CONFIRMED') return;
      const context = { now, by: 'orders', correlationId: 'corr' };
      const lines = order.lines.map(({ sku, quantity }) => ({ sku, quantity }));
      const command = { ...context, reservationId: orderId, orderId, lines };
      const result = await commitReservation(book, command);
      const isCommitted = result.ok && result.value.status === 'COMMITTED';
      await recordStockOutcome(
        ports,
        { orderId, status: isCommitted ? 'committed' : 'failed' },
        now,
      );
      return;
    }
    case 'complete':
      if (order.status === 'CONFIRMED' && order.stockOutcome !== undefined)
        await completeOrder(ports, at);
      return;
    case 'compensate':
      await beginCancellation(ports, { ...at, reason: 'it failed' });
      if (!step.isReleased || orders.orders.get(orderId)?.status !== 'CANCELLING') return;
      await ports.inventory.release({ orderId, correlationId: 'corr' });
      if (step.isDone) await concludeCancellation(ports, { ...at, reversal: 'VOIDED' });
  }
}
