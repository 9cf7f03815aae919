import type { EffectiveOrderStatus } from '../../contracts/orders-api.ts';
import type { Instant } from '../../shared/core/instant.ts';
import { err } from '../../shared/core/result.ts';
import { type Decision, toChangedOrder, toUnchangedOrder } from './decision.ts';
import { applyOrderChange, type Order, statusAt, type TimelineEntry } from './order.ts';

/** The order is on its way: somebody may still have to be told, paid or shipped to. */
export type StillOpen = { readonly kind: 'stillOpen'; readonly orderStatus: EffectiveOrderStatus };

const CLOSED_STATUSES: ReadonlySet<EffectiveOrderStatus> = new Set<EffectiveOrderStatus>([
  'FULFILLED',
  'CANCELLED',
  'EXPIRED',
]);

/** What stands in place of what tells a person; the order's own id, so that erased orders have nothing in common. */
export const pseudonymOf = (orderId: string): string => `erased-${orderId}`;
export const ERASED_PAYMENT_METHOD = 'erased';

/** Start of the reason of a cancellation by staff; their words follow. */
export const CANCELLED_BY_STAFF = 'cancelled by staff';
const redactReason = (entry: TimelineEntry): TimelineEntry =>
  entry.reason?.startsWith(CANCELLED_BY_STAFF) ? { ...entry, reason: CANCELLED_BY_STAFF } : entry;

/**
 * Removes from an order that is over whose it was, how it was paid, and every hash that is made of the customer's id and
 * a key. What was sold, and for how much, stays.
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
        // Each request is known by a hash of the customer's id and key.
        requests: {},
        ...(payment === null
          ? {}
          : { payment: { ...payment, paymentMethod: ERASED_PAYMENT_METHOD } }),
      },
      now,
    ),
  );
}
