import { PaymentEvents } from '../../../contracts/events.ts';
import { randomId } from '../../../shared/core/random-id.ts';
import { on, queueHandler } from '../../../shared/events/queue-handler.ts';
import { goOnAfterAction, recordMoneyBack } from '../../use-cases/payment-events.ts';
import {
  customerHoldStore,
  holdCaps,
  holdSeconds,
  inventory,
  orderStore,
  sagas,
} from '../../wiring.ts';

const hold = holdSeconds();
const caps = holdCaps();
const ports = {
  orders: orderStore(),
  customers: customerHoldStore(),
  inventory: inventory(),
  sagas: sagas(),
};

export const handler = queueHandler({
  PaymentActionCompleted: on(PaymentEvents.PaymentActionCompleted, ({ data, correlationId }, now) =>
    goOnAfterAction(ports, {
      orderId: data.orderId,
      attempt: data.attempt,
      holdSeconds: hold,
      claimId: randomId(),
      caps,
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
