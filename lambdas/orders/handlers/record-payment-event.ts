import { PaymentEvents } from '../../contracts/events.ts';
import { on, queueHandler } from '../../shared/queue-handler.ts';
import { goOnAfterAction, recordMoneyBack } from '../use-cases/payment-events.ts';
import { holdSeconds, inventory, orderStore, sagas } from '../wiring.ts';

const hold = holdSeconds();
const ports = { orders: orderStore(), inventory: inventory(), sagas: sagas() };

export const handler = queueHandler({
  PaymentActionCompleted: on(PaymentEvents.PaymentActionCompleted, ({ data, correlationId }, now) =>
    goOnAfterAction(ports, {
      orderId: data.orderId,
      attempt: data.attempt,
      holdSeconds: hold,
      correlationId,
      now,
    }),
  ),
  PaymentRefunded: on(PaymentEvents.PaymentRefunded, ({ data }, now) =>
    recordMoneyBack(ports, {
      orderId: data.orderId,
      attempt: data.attempt,
      isDispute: false,
      isAll: data.refundedAmount >= data.capturedAmount,
      now,
    }),
  ),
  PaymentDisputed: on(PaymentEvents.PaymentDisputed, ({ data }, now) =>
    recordMoneyBack(ports, {
      orderId: data.orderId,
      attempt: data.attempt,
      isDispute: true,
      isAll: data.refundedAmount >= data.capturedAmount,
      now,
    }),
  ),
});
