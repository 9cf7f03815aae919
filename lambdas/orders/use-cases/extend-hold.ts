import { deriveId } from '../../shared/core/fingerprint.ts';
import type { Instant } from '../../shared/core/instant.ts';
import { ok, type Result } from '../../shared/core/result.ts';
import type { HoldCaps, TooManyHolds } from '../domain/customer-holds.ts';
import { type Order, unitsOfOrder } from '../domain/order.ts';
import { claimHold, latestHoldEndOf } from './claim-hold.ts';
import type { CustomerHoldStore, Hold, InventoryClient, OrderReader } from './ports.ts';

/** A repeat within this time is the same extension. A later one holds the units again, if they are there. */
const SAME_EXTENSION_MILLISECONDS = 60_000;

type ExtensionRequest = {
  readonly orderId: string;
  /** What the hold is extended for: `place`, or the payment's attempt. */
  readonly step: string;
  readonly correlationId: string;
  readonly now: Instant;
};

/**
 * Makes the hold last `holdSeconds` from now, if its stock is there. The key has the minute in it: a request that is
 * repeated an hour after it died must not get the answer of a hold that has expired since. The key has nothing of the
 * customer's own key: inventory keeps it, and an erased order must not be found by it.
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
  /** Random, new for each request. */
  readonly claimId: string;
  readonly caps: HoldCaps;
  readonly step: string;
  readonly correlationId: string;
  readonly now: Instant;
};
/** The end of the order's hold, and the claim of the request that made it last so long. */
export type HoldEnd = { readonly expiresAt: string; readonly claimId?: string };
export type ExtendHoldError = TooManyHolds | { readonly kind: 'reservationExpired' };

/** Claims the units of an order, as there may be no claim on an expired hold any more, then holds them longer, or again. */
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
