import type { PaymentEvent } from '../../contracts/events.ts';
import { defined } from '../../shared/core/defined.ts';
import type { Payment } from './payment.ts';
import type { Refund } from './refund.ts';

/**
 * Returns one event per published status and one per refund that is done, failed or disputed. The
 * event id comes from the payment, its version and the refund.
 */
export function eventsOf(before: Payment | undefined, after: Payment | undefined): PaymentEvent[] {
  if (after === undefined) return [];
  return [...statusEventsOf(before, after), ...refundEventsOf(before, after)];
}

const headOf = ({ orderId, attempt, version, updatedAt, correlationId }: Payment, name: string) =>
  ({
    eventId: `payment/${orderId}-${attempt}/${version}/${name}`,
    version: 1,
    occurredAt: updatedAt,
    correlationId,
  }) as const;

const dataOf = ({ orderId, attempt, amount, currency }: Payment) => ({
  orderId,
  attempt,
  amount,
  currency,
});

function statusEventsOf(before: Payment | undefined, after: Payment): PaymentEvent[] {
  if (before?.status === after.status) return [];
  const data = dataOf(after);
  const plainEvent = (
    type: 'PaymentAuthorized' | 'PaymentVoided' | 'PaymentActionCompleted',
  ): PaymentEvent => ({
    type,
    detail: { ...headOf(after, type), data },
  });
  const completed =
    before?.status === 'REQUIRES_ACTION' ? [plainEvent('PaymentActionCompleted')] : [];
  switch (after.status) {
    case 'PENDING':
    case 'REQUIRES_ACTION':
    case 'REFUNDED':
      return [];
    case 'AUTHORIZED':
      return [plainEvent('PaymentAuthorized'), ...completed];
    case 'CAPTURED': {
      // A refund that failed after it was done leaves the payment captured as before.
      if (before?.status === 'REFUNDED') return [];
      const captured = { ...data, amount: after.capturedAmount };
      return [
        {
          type: 'PaymentCaptured',
          detail: { ...headOf(after, 'PaymentCaptured'), data: captured },
        },
      ];
    }
    case 'VOIDED':
      return [plainEvent('PaymentVoided')];
    case 'FAILED': {
      const failed = { ...data, code: after.failureCode ?? 'unknown' };
      return [
        { type: 'PaymentFailed', detail: { ...headOf(after, 'PaymentFailed'), data: failed } },
        ...completed,
      ];
    }
  }
}

function refundEventsOf(before: Payment | undefined, after: Payment): PaymentEvent[] {
  const known = new Map((before?.refunds ?? []).map((refund) => [refund.refundId, refund]));
  return (after.refunds ?? []).flatMap((refund) =>
    eventsOfRefund(known.get(refund.refundId), refund, after),
  );
}

function eventsOfRefund(
  before: Refund | undefined,
  refund: Refund,
  payment: Payment,
): PaymentEvent[] {
  if (before?.status === refund.status) return [];
  const { refundId, amount, origin, status, failureCode = 'refund_failed' } = refund;
  const { capturedAmount, refundedAmount } = payment;
  const data = {
    ...dataOf(payment),
    amount,
    refundId,
    ...defined({ origin }),
    capturedAmount,
    refundedAmount,
  };
  const plainEvent = (type: 'PaymentRefunded' | 'PaymentDisputed'): PaymentEvent => ({
    type,
    detail: { ...headOf(payment, `${type}/${refundId}`), data },
  });
  const disputed =
    origin === 'DISPUTE' && before === undefined ? [plainEvent('PaymentDisputed')] : [];
  switch (status) {
    case 'PENDING':
      return disputed;
    case 'DONE':
      return [...disputed, plainEvent('PaymentRefunded')];
    case 'FAILED': {
      const head = headOf(payment, `PaymentRefundFailed/${refundId}`);
      const failed = { ...data, code: failureCode };
      // A dispute that is won returns the amount to us, so nothing failed.
      return origin === 'DISPUTE'
        ? disputed
        : [{ type: 'PaymentRefundFailed', detail: { ...head, data: failed } }];
    }
  }
}
