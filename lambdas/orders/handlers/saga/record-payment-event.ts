import { PaymentEvents } from '../../../contracts/events.ts';
import type { Instant } from '../../../shared/core/instant.ts';
import { randomId } from '../../../shared/core/random-id.ts';
import { consumeEach, queueHandler } from '../../../shared/events/queue-handler.ts';
import {
  continueAfterAction,
  recordProviderReversal,
} from '../../use-cases/saga/payment-events.ts';
import { holdCaps, holdSeconds, paymentPorts } from '../../wiring.ts';

const holdDurationSeconds = holdSeconds();
const caps = holdCaps();
const ports = paymentPorts();

type Reversal = {
  readonly data: {
    readonly orderId: string;
    readonly attempt: number;
    readonly refundedAmount: number;
    readonly capturedAmount: number;
  };
};
const recordReversal =
  ({ isDispute }: { readonly isDispute: boolean }) =>
  ({ data: { orderId, attempt, refundedAmount, capturedAmount } }: Reversal, now: Instant) =>
    recordProviderReversal(ports, {
      orderId,
      attempt,
      isDispute,
      isFull: refundedAmount >= capturedAmount,
      now,
    });

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
  PaymentRefunded: consumeEach(PaymentEvents.PaymentRefunded, recordReversal({ isDispute: false })),
  PaymentDisputed: consumeEach(PaymentEvents.PaymentDisputed, recordReversal({ isDispute: true })),
});
