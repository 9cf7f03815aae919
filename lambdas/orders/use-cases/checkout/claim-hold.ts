import { HOLD_GRANULARITY_SECONDS_MAX } from '../../../contracts/api/reservations.ts';
import { type Instant, MILLISECONDS_PER_SECOND } from '../../../shared/core/instant.ts';
import { err, ok, type Result } from '../../../shared/core/result.ts';
import { retryOptimistic } from '../../../shared/core/retry-optimistic.ts';
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
} from '../../domain/customer-holds.ts';
import type { CustomerHoldStore, OrderReader } from '../ports.ts';

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

/**
 * Maximum time from a claim to the end of its request: the function's timeout plus clock
 * differences.
 */
const REQUEST_SECONDS_MAX = 60;

/**
 * Returns the latest end of a hold requested at `now`. Inventory rounds the end up to its
 * granularity.
 */
export const latestHoldEndOf = (now: Instant, holdSeconds: number): Instant =>
  now +
  (holdSeconds + HOLD_GRANULARITY_SECONDS_MAX + REQUEST_SECONDS_MAX) * MILLISECONDS_PER_SECOND;

/** Maximum attempts to claim: the customer's other requests may write in between. */
const ATTEMPTS_MAX = 6;
/**
 * Number of claims from which ended claims are looked up and removed, even when there is room.
 * Eight claims keep the record below 1 KB, and each claim rewrites the record.
 */
export const UNCHECKED_CLAIMS_MAX = 8;

/**
 * Claims room for an order's units before any unit is held, so that the limits hold for concurrent
 * requests. Concurrent requests for one order share a claim, which counts once and stays until each
 * of them has dropped its part.
 *
 * Costs one write when there is room. Reads the claimed orders when there seems to be none, and
 * from UNCHECKED_CLAIMS_MAX claims on. Throws RetryLaterError after ATTEMPTS_MAX conflicts.
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

      // An unreadable order counts as one that was never written: it may hold what it claimed.
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
 * Adds the request to its order's claim. Returns false when the claim must be retried: the order is
 * no longer claimed, or its requests were merged to make room.
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
