import { deriveId } from '../../../shared/core/fingerprint.ts';
import type { Instant } from '../../../shared/core/instant.ts';
import { ok, type Result } from '../../../shared/core/result.ts';
import type { HoldCaps, TooManyHolds } from '../../domain/customer-holds.ts';
import { type Order, unitsOfOrder } from '../../domain/order.ts';
import type { CustomerHoldStore, Hold, InventoryClient, OrderReader } from '../ports.ts';
import { claimHold, latestHoldEndOf } from './claim-hold.ts';

/**
 * Window in which a repeat is the same extension. A later repeat holds the units again, if
 * available.
 */
const SAME_EXTENSION_MILLISECONDS = 60_000;

type ExtensionRequest = {
  readonly orderId: string;
  /** Purpose of the extension: `place`, or the payment's attempt. */
  readonly step: string;
  readonly correlationId: string;
  readonly now: Instant;
};

/**
 * Extends the hold to `holdSeconds` from now, if its stock is available. The idempotency key
 * contains the minute, so that a repeat an hour later does not return a hold that has expired
 * since. It contains nothing of the customer's key, because inventory stores it and an erased order
 * must not be found by it.
 */
export const extendReservation = (
  inventory: InventoryClient,
  { orderId, step, correlationId, now }: ExtensionRequest,
  holdSeconds: number,
): Promise<Result<Hold, { readonly kind: 'reservationExpired' }>> =>
  inventory.extend({
    orderId,
    correlationId,
    holdSeconds,
    key: deriveId(orderId, step, String(Math.floor(now / SAME_EXTENSION_MILLISECONDS))),
  });

export type HoldPorts = {
  readonly orders: Pick<OrderReader, 'getAll'>;
  readonly customers: CustomerHoldStore;
  readonly inventory: InventoryClient;
};
export type HoldExtension = {
  /** Random id, new for each request. */
  readonly claimId: string;
  readonly caps: HoldCaps;
  readonly step: string;
  readonly correlationId: string;
  readonly now: Instant;
};
/** End of the order's hold, and the claim of the request that set it. */
export type HoldEnd = { readonly expiresAt: string; readonly claimId?: string };
export type ExtendHoldError = TooManyHolds | { readonly kind: 'reservationExpired' };

/** Claims the units of an order, then extends its hold or holds the units again. */
export async function claimAndExtendHold(
  { orders, customers, inventory }: HoldPorts,
  order: Order,
  { claimId, caps, now, ...request }: HoldExtension,
  seconds: number,
): Promise<Result<HoldEnd, ExtendHoldError>> {
  const { orderId, customerId } = order;
  const claim = {
    orderId,
    units: unitsOfOrder(order),
    claimId,
    until: latestHoldEndOf(now, seconds),
  };
  const claimed = await claimHold({ customers, orders }, { customerId, claim, caps, now });
  if (!claimed.ok) return claimed;
  const extended = await extendReservation(inventory, { ...request, orderId, now }, seconds);
  if (!extended.ok) {
    await customers.dropClaim(customerId, claim);
    return extended;
  }
  return ok({ expiresAt: extended.value.expiresAt, claimId });
}
