import { HOLD_GRANULARITY_SECONDS_MAX } from '../../contracts/inventory-api.ts';
import { type Instant, MILLISECONDS_PER_SECOND } from '../../shared/core/instant.ts';
import { err, ok, type Result } from '../../shared/core/result.ts';
import { retryOptimistic } from '../../shared/core/retry-optimistic.ts';
import {
  CLAIMANTS_MAX,
  type CustomerHold,
  type CustomerHolds,
  type HoldCaps,
  type HoldClaim,
  hasRoom,
  openHoldsOf,
  secondsUntilRoom,
  type TooManyHolds,
  withMergedClaimants,
} from '../domain/customer-holds.ts';
import type { CustomerHoldStore, OrderReader } from './ports.ts';

type Ports = {
  readonly customers: CustomerHoldStore;
  readonly orders: Pick<OrderReader, 'getAll'>;
};
type ClaimHoldInput = {
  readonly customerId: string;
  readonly claim: HoldClaim;
  readonly caps: HoldCaps;
  readonly now: Instant;
};

/** Maximum time from a claim to the end of its request: the function's timeout, and the difference of clocks. */
const REQUEST_SECONDS_MAX = 60;

/** Returns the latest end of a hold that is asked for at `now`. Inventory rounds it up to the end of a slot. */
export const latestHoldEndOf = (now: Instant, holdSeconds: number): Instant =>
  now +
  (holdSeconds + HOLD_GRANULARITY_SECONDS_MAX + REQUEST_SECONDS_MAX) * MILLISECONDS_PER_SECOND;

/** Maximum attempts: the customer's other requests may write in between. */
const ATTEMPTS_MAX = 6;
/**
 * With this many claims or more, those that are over are looked up and removed, even where there is room. The record of
 * eight is below a kilobyte, and each further claim writes all of it.
 */
export const UNCHECKED_CLAIMS_MAX = 8;

/**
 * Claims room for an order's units before any unit is held, so that the limits hold however many requests arrive at
 * once. A request for an order that another request has claimed joins that claim: the claim counts once, and stays
 * until each of the two has dropped its part. Costs one write where there is room. The claimed orders are read when
 * there seems to be none, and from eight claims on.
 */
export function claimHold(
  { customers, orders }: Ports,
  { customerId, claim, caps, now }: ClaimHoldInput,
): Promise<Result<HoldClaim, TooManyHolds>> {
  let effectiveCaps = { ...caps, holds: Math.min(caps.holds, UNCHECKED_CLAIMS_MAX) };
  return retryOptimistic(
    { attempts: ATTEMPTS_MAX, what: "a customer's record of holds" },
    async (): Promise<Result<HoldClaim, TooManyHolds> | undefined> => {
      const current = await customers.claim(customerId, claim, effectiveCaps);
      if (current === undefined) return ok(claim);

      const existing = current.holds.find(({ orderId }) => orderId === claim.orderId);
      if (existing !== undefined)
        return (await joinClaim(customers, { current, existing, claim, now }))
          ? ok(claim)
          : undefined;

      // An order that cannot be read counts as one that was never written: it may hold what it claimed.
      const orderIds = current.holds.map(({ orderId }) => orderId);
      const { items: claimedOrders } = await orders.getAll(orderIds);
      const openHolds = openHoldsOf(current.holds, claimedOrders, now);
      if (!hasRoom(openHolds, claim, caps)) {
        const retryAfterSeconds = secondsUntilRoom(openHolds, claimedOrders, now);
        return err({ kind: 'tooManyHolds', retryAfterSeconds });
      }
      if (openHolds.length < current.holds.length || effectiveCaps === caps)
        await customers.replace({ ...current, holds: openHolds }, now);
      effectiveCaps = caps;
      return undefined;
    },
  );
}

/**
 * Adds the request to its order's claim. Returns false when the claim must be tried again: the order
 * is no longer claimed, or its requests were merged to make room.
 */
async function joinClaim(
  customers: CustomerHoldStore,
  {
    current,
    existing,
    claim,
    now,
  }: {
    readonly current: CustomerHolds;
    readonly existing: CustomerHold;
    readonly claim: HoldClaim;
    readonly now: Instant;
  },
): Promise<boolean> {
  if (Object.keys(existing.until).length < CLAIMANTS_MAX)
    return customers.join(current.customerId, claim);
  const holds = withMergedClaimants(current.holds, claim.orderId);
  await customers.replace({ ...current, holds }, now);
  return false;
}
