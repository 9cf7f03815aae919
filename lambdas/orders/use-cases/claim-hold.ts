import { RetryLater } from '../../shared/faults.ts';
import type { Instant } from '../../shared/instant.ts';
import { accepted, type Result, refused } from '../../shared/result.ts';
import {
  type CustomerHold,
  type HoldCaps,
  hasRoom,
  roomInSeconds,
  stillHeld,
  type TooManyHolds,
} from '../domain/customer-holds.ts';
import type { CustomerHoldStore, OrderWalk } from './ports.ts';

type Ports = { readonly customers: CustomerHoldStore; readonly orders: Pick<OrderWalk, 'getAll'> };
type Claim = {
  readonly customerId: string;
  readonly orderId: string;
  readonly units: number;
  readonly caps: HoldCaps;
  readonly holdSeconds: number;
  readonly now: Instant;
};

/** The customer's other requests may come in between. */
const TRIES_MAX = 6;
/**
 * Of so many claims it is looked up which are over, though there is room for more: a record of them is below a kilobyte, and each further claim
 * writes all of it.
 */
export const UNSEEN_CLAIMS_MAX = 8;

/**
 * Claims room for one more unpaid order before any unit is held: nobody hoards stock for free, however many requests are sent at once.
 * One write where there is room; what the claimed orders have come to is looked up when there seems to be none, and from eight claims on.
 */
export async function claimHold(
  { customers, orders }: Ports,
  { customerId, orderId, units, caps, holdSeconds, now }: Claim,
): Promise<Result<CustomerHold, TooManyHolds>> {
  const hold = { orderId, units, claimedAt: now };
  let claimable = { ...caps, holds: Math.min(caps.holds, UNSEEN_CLAIMS_MAX) };
  for (let tried = 0; tried < TRIES_MAX; tried += 1) {
    const full = await customers.claim(customerId, hold, claimable);
    if (full === undefined || full.holds.some((known) => known.orderId === orderId)) return accepted(hold);

    // An order that cannot be read may hold what it claimed: it is counted as one that was never written.
    const { items: found } = await orders.getAll(full.holds.map((known) => known.orderId));
    const open = stillHeld(full.holds, found, { now, holdSeconds });
    if (!hasRoom(open, hold, caps)) {
      const retryAfterSeconds = roomInSeconds(open, found, { now, holdSeconds });
      return refused({ kind: 'tooManyHolds', retryAfterSeconds });
    }
    if (open.length < full.holds.length || claimable === caps)
      await customers.replace({ ...full, holds: open });
    claimable = caps;
  }
  throw new RetryLater(`the holds of one customer changed at each of ${TRIES_MAX} tries`);
}
