import type { EventDetail } from '../../shared/event-detail.ts';
import type { Payment } from './payment.ts';

type Data = {
  readonly orderId: string;
  readonly attempt: number;
  readonly amount: number;
  readonly currency: string;
};
export type PaymentEvent =
  | {
      readonly type: 'PaymentAuthorized' | 'PaymentCaptured' | 'PaymentVoided' | 'PaymentRefunded';
      readonly detail: EventDetail<Data>;
    }
  | { readonly type: 'PaymentFailed'; readonly detail: EventDetail<Data & { readonly code: string }> };

/** One event for each new status but PENDING. The id comes from the payment and its version. */
export function eventsOf(before: Payment | undefined, after: Payment | undefined): PaymentEvent[] {
  if (after === undefined || before?.status === after.status) return [];
  const { orderId, attempt, amount, currency, version, updatedAt, correlationId } = after;
  const data: Data = { orderId, attempt, amount, currency };
  const head = (type: string) =>
    ({
      eventId: `payment/${orderId}-${attempt}/${version}/${type}`,
      version: 1,
      occurredAt: updatedAt,
      correlationId,
    }) as const;
  switch (after.status) {
    case 'PENDING':
      return [];
    case 'AUTHORIZED':
      return [{ type: 'PaymentAuthorized', detail: { ...head('PaymentAuthorized'), data } }];
    case 'CAPTURED': {
      const captured = { ...data, amount: after.capturedAmount };
      return [{ type: 'PaymentCaptured', detail: { ...head('PaymentCaptured'), data: captured } }];
    }
    case 'VOIDED':
      return [{ type: 'PaymentVoided', detail: { ...head('PaymentVoided'), data } }];
    case 'REFUNDED': {
      const refunded = { ...data, amount: after.refundedAmount };
      return [{ type: 'PaymentRefunded', detail: { ...head('PaymentRefunded'), data: refunded } }];
    }
    case 'FAILED': {
      const failed = { ...data, code: after.failureCode ?? 'unknown' };
      return [{ type: 'PaymentFailed', detail: { ...head('PaymentFailed'), data: failed } }];
    }
  }
}
