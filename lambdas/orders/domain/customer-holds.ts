import { type Instant, MILLISECONDS_PER_SECOND } from '../../shared/core/instant.ts';
import type { Order } from './order.ts';

/**
 * Claim that a request makes before it holds an order's units. `claimId` identifies the request.
 */
export type HoldClaim = {
  readonly orderId: string;
  readonly units: number;
  readonly claimId: string;
  /** Latest time at which a hold made by this request can end. */
  readonly until: Instant;
};
/** Order that counts against its customer's limits, with the latest hold end of each request. */
export type CustomerHold = {
  readonly orderId: string;
  readonly units: number;
  readonly until: Readonly<Record<string, Instant>>;
};
/** Upper bound of what is held for a customer. Entries whose holds ended are removed later. */
export type CustomerHolds = {
  readonly customerId: string;
  readonly holds: readonly CustomerHold[];
  readonly version: number;
};
/** Maximum unpaid orders, and units in them, that one customer may hold at a time. */
export type HoldCaps = { readonly holds: number; readonly units: number };

export type TooManyHolds = { readonly kind: 'tooManyHolds'; readonly retryAfterSeconds: number };

/**
 * Maximum requests recorded per order. Further requests are merged into one entry that only
 * expires.
 */
export const CLAIMANTS_MAX = 10;
export const MERGED_CLAIMANT = 'merged';

export const hasRoom = (
  holds: readonly CustomerHold[],
  claim: HoldClaim,
  caps: HoldCaps,
): boolean => holds.length < caps.holds && unitsOfHolds(holds) + claim.units <= caps.units;

export const unitsOfHolds = (holds: readonly CustomerHold[]): number =>
  holds.reduce((sum, { units }) => sum + units, 0);

/** Returns the entries that may still hold units, judged by the state of their orders. */
export function openHoldsOf(
  holds: readonly CustomerHold[],
  orders: readonly Order[],
  now: Instant,
): readonly CustomerHold[] {
  const byId = new Map(orders.map((order) => [order.orderId, order]));
  return holds.filter((hold) => {
    const order = byId.get(hold.orderId);
    return (order === undefined || !isHoldClosed(order)) && holdEndOf(hold, order) > now;
  });
}

/** Returns the seconds until the first entry ends. At least 1. */
export function secondsUntilRoom(
  holds: readonly CustomerHold[],
  orders: readonly Order[],
  now: Instant,
): number {
  const byId = new Map(orders.map((order) => [order.orderId, order]));
  const ends = holds.map((hold) => holdEndOf(hold, byId.get(hold.orderId)));
  return Math.max(1, Math.ceil((Math.min(...ends) - now) / MILLISECONDS_PER_SECOND));
}

/**
 * Returns the latest end of an order's hold. The order stores the exact end of the hold that its
 * `claimId` made. Any other request may have made a longer hold and crashed before it wrote the
 * order.
 */
function holdEndOf({ until }: CustomerHold, order: Order | undefined): Instant {
  const others = Object.entries(until).flatMap(([claimId, end]) =>
    claimId === order?.claimId ? [] : [end],
  );
  return Math.max(order === undefined ? 0 : Date.parse(order.expiresAt), ...others);
}

/**
 * Returns true when inventory holds nothing for the order and never will: its units are committed
 * or released.
 */
function isHoldClosed({ status, stockOutcome, isReleased }: Order): boolean {
  return (
    status === 'COMPLETED' ||
    status === 'FULFILLED' ||
    stockOutcome !== undefined ||
    isReleased === true
  );
}

/**
 * Returns the holds with the requests of one order merged into one entry, which no request removes.
 */
export const withMergedClaimants = (
  holds: readonly CustomerHold[],
  orderId: string,
): CustomerHold[] =>
  holds.map((hold) =>
    hold.orderId === orderId
      ? { ...hold, until: { [MERGED_CLAIMANT]: Math.max(...Object.values(hold.until)) } }
      : hold,
  );
