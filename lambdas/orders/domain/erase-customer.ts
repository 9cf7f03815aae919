import type { EffectiveOrderStatus } from '../../contracts/api/orders.ts';
import type { Instant } from '../../shared/core/instant.ts';
import { err } from '../../shared/core/result.ts';
import { type Decision, toChangedOrder, toUnchangedOrder } from './decision.ts';
import { applyOrderChange, type Order, statusAt, type TimelineEntry } from './order.ts';

/** Error: the order is still open, so its customer is still needed. */
export type StillOpen = { readonly kind: 'stillOpen'; readonly orderStatus: EffectiveOrderStatus };

const CLOSED_STATUSES: ReadonlySet<EffectiveOrderStatus> = new Set<EffectiveOrderStatus>([
  'FULFILLED',
  'CANCELLED',
  'EXPIRED',
]);

/**
 * Returns the pseudonym of a customer, made of the order's id so that erased orders cannot be
 * linked.
 */
export const pseudonymOf = (orderId: string): string => `erased-${orderId}`;
export const ERASED_PAYMENT_METHOD = 'erased';

/** Start of the reason of a cancellation by staff. The staff member's text follows. */
export const CANCELLED_BY_STAFF = 'cancelled by staff';
const redactReason = (entry: TimelineEntry): TimelineEntry =>
  entry.reason?.startsWith(CANCELLED_BY_STAFF) ? { ...entry, reason: CANCELLED_BY_STAFF } : entry;

/**
 * Removes personal data from a closed order: the customer, the payment method, and every hash made
 * of the customer's id. The lines and the total stay.
 */
export function decideErase(order: Order, customerId: string, now: Instant): Decision<StillOpen> {
  if (order.customerId !== customerId) return toUnchangedOrder(order);
  const orderStatus = statusAt(order, now);
  if (!CLOSED_STATUSES.has(orderStatus)) return err({ kind: 'stillOpen', orderStatus });
  const { placementId: _placementId, claimId: _claimId, ...rest } = order;
  const { payment } = order;
  return toChangedOrder(
    applyOrderChange(
      { ...rest, timeline: order.timeline.map(redactReason) },
      {
        customerId: pseudonymOf(order.orderId),
        // Request ids are hashes of the customer's id and key.
        requests: {},
        ...(payment === null
          ? {}
          : { payment: { ...payment, paymentMethod: ERASED_PAYMENT_METHOD } }),
      },
      now,
    ),
  );
}
