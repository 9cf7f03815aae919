import { HOLD_SLOT_SECONDS_MAX } from '../../contracts/inventory-api.ts';
import { RetryLater } from '../../shared/core/faults.ts';
import { type Instant, MILLISECONDS_PER_SECOND } from '../../shared/core/instant.ts';
import { accepted, type Result, refused } from '../../shared/core/result.ts';
import {
  CLAIMANTS_MAX,
  type HoldCaps,
  type HoldClaim,
  hasRoom,
  roomInSeconds,
  stillHeld,
  type TooManyHolds,
  withMergedClaimants,
} from '../domain/customer-holds.ts';
import type { CustomerHoldStore, OrderWalk } from './ports.ts';

type Ports = { readonly customers: CustomerHoldStore; readonly orders: Pick<OrderWalk, 'getAll'> };
type Claiming = {
  readonly customerId: string;
  readonly claim: HoldClaim;
  readonly caps: HoldCaps;
  readonly now: Instant;
};

/** Maximum time from a claim to the end of its request: the function's timeout, and the difference of clocks. */
const REQUEST_SECONDS_MAX = 60;

/** Returns the latest end of a hold that is asked for at `now`. Inventory rounds it up to the end of a slot. */
export const latestEndOf = (now: Instant, holdSeconds: number): Instant =>
  now + (holdSeconds + HOLD_SLOT_SECONDS_MAX + REQUEST_SECONDS_MAX) * MILLISECONDS_PER_SECOND;

/** Maximum attempts: the customer's other requests may write in between. */
const TRIES_MAX = 6;
/**
 * With this many claims or more, those that are over are looked up and removed, even where there is room. The record of
 * eight is below a kilobyte, and each further claim writes all of it.
 */
export const UNSEEN_CLAIMS_MAX = 8;

/**
 * Claims room for an order's units before any unit is held, so that the limits hold however many requests arrive at
 * once. A request for an order that another request has claimed joins that claim: the claim counts once, and stays
 * until each of the two has dropped its part. Costs one write where there is room. The claimed orders are read when
 * there seems to be none, and from eight claims on.
 */
export async function claimHold(
  { customers, orders }: Ports,
  { customerId, claim, caps, now }: Claiming,
): Promise<Result<HoldClaim, TooManyHolds>> {
  let claimable = { ...caps, holds: Math.min(caps.holds, UNSEEN_CLAIMS_MAX) };
  for (let tried = 0; tried < TRIES_MAX; tried += 1) {
    const full = await customers.claim(customerId, claim, claimable);
    if (full === undefined) return accepted(claim);

    const known = full.holds.find(({ orderId }) => orderId === claim.orderId);
    if (known !== undefined) {
      if (Object.keys(known.until).length >= CLAIMANTS_MAX)
        await customers.replace(
          { ...full, holds: withMergedClaimants(full.holds, claim.orderId) },
          now,
        );
      else if (await customers.join(customerId, claim)) return accepted(claim);
      continue;
    }

    // An order that cannot be read counts as one that was never written: it may hold what it claimed.
    const { items: found } = await orders.getAll(full.holds.map(({ orderId }) => orderId));
    const open = stillHeld(full.holds, found, now);
    if (!hasRoom(open, claim, caps))
      return refused({ kind: 'tooManyHolds', retryAfterSeconds: roomInSeconds(open, found, now) });
    if (open.length < full.holds.length || claimable === caps)
      await customers.replace({ ...full, holds: open }, now);
    claimable = caps;
  }
  throw new RetryLater(`the holds of one customer changed at each of ${TRIES_MAX} tries`);
}
