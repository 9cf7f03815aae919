import { PaymentEvents } from '../../../contracts/events.ts';
import { randomId } from '../../../shared/core/random-id.ts';
import { consumeEach, queueHandler } from '../../../shared/events/queue-handler.ts';
import {
  continueAfterAction,
  recordProviderReversal,
} from '../../use-cases/saga/payment-events.ts';
import {
  customerHoldStore,
  holdCaps,
  holdSeconds,
  inventory,
  orderStore,
  sagas,
} from '../../wiring.ts';

const holdDurationSeconds = holdSeconds();
const caps = holdCaps();
const ports = {
  orders: orderStore(),
  customers: customerHoldStore(),
  inventory: inventory(),
  sagas: sagas(),
};

export const handler = queueHandler({
  PaymentActionCompleted: consumeEach(
    PaymentEvents.PaymentActionCompleted,
    ({ data, correlationId }, now) =>
      continueAfterAction(ports, {
        orderId: data.orderId,
        attempt: data.attempt,
        holdSeconds: holdDurationSeconds,
        claimId: randomId(),
        caps,
        correlationId,
        now,
      }),
  ),
  PaymentRefunded: consumeEach(PaymentEvents.PaymentRefunded, ({ data }, now) =>
    recordProviderReversal(ports, {
      orderId: data.orderId,
      attempt: data.attempt,
      isDispute: false,
      isFull: data.refundedAmount >= data.capturedAmount,
      now,
    }),
  ),
  PaymentDisputed: consumeEach(PaymentEvents.PaymentDisputed, ({ data }, now) =>
    recordProviderReversal(ports, {
      orderId: data.orderId,
      attempt: data.attempt,
      isDispute: true,
      isFull: data.refundedAmount >= data.capturedAmount,
      now,
    }),
  ),
});
