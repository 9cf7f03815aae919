import { type Instant, MILLISECONDS_PER_SECOND } from '../../shared/core/instant.ts';
import type { Order } from './order.ts';

/** What one request claims before it holds an order's units. Its id is the request's own. */
export type HoldClaim = {
  readonly orderId: string;
  readonly units: number;
  readonly claimId: string;
  /** The latest time at which a hold that this request makes can end. */
  readonly until: Instant;
};
/** An order that counts against its customer's limits, with the `until` of each request that may hold its units. */
export type CustomerHold = {
  readonly orderId: string;
  readonly units: number;
  readonly until: Readonly<Record<string, Instant>>;
};
/** Everything that may be held for a customer: never too little. Entries that are over are removed later. */
export type CustomerHolds = {
  readonly customerId: string;
  readonly holds: readonly CustomerHold[];
  readonly version: number;
};
/** Maximum number of unpaid orders, and of units in them, that one customer holds at a time. */
export type HoldCaps = { readonly holds: number; readonly units: number };

export type TooManyHolds = { readonly kind: 'tooManyHolds'; readonly retryAfterSeconds: number };

/** Maximum number of requests remembered per order. More are merged into one entry, which only time removes. */
export const CLAIMANTS_MAX = 10;
export const MERGED_CLAIMANT = 'merged';

export const hasRoom = (
  holds: readonly CustomerHold[],
  claim: HoldClaim,
  caps: HoldCaps,
): boolean => holds.length < caps.holds && unitsOfHolds(holds) + claim.units <= caps.units;

export const unitsOfHolds = (holds: readonly CustomerHold[]): number =>
  holds.reduce((sum, { units }) => sum + units, 0);

/** Returns the entries that may still hold units, by what their orders say. */
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

/** Returns the seconds until the first of the entries ends, and so there may be room. */
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
 * The order has the exact end of the hold that the request named in it made. Every other request may have made a
 * longer one, and died or been overtaken before it wrote the order.
 */
function holdEndOf({ until }: CustomerHold, order: Order | undefined): Instant {
  const others = Object.entries(until).flatMap(([claimId, end]) =>
    claimId === order?.claimId ? [] : [end],
  );
  return Math.max(order === undefined ? 0 : Date.parse(order.expiresAt), ...others);
}

/** True when inventory holds nothing for the order and never will: its units are committed, or released for good. */
function isHoldClosed({ status, stockOutcome, isReleased }: Order): boolean {
  return (
    status === 'COMPLETED' ||
    status === 'FULFILLED' ||
    stockOutcome !== undefined ||
    isReleased === true
  );
}

/** Returns the holds with the requests of one order merged into one entry, which no request removes. */
export const withMergedClaimants = (
  holds: readonly CustomerHold[],
  orderId: string,
): CustomerHold[] =>
  holds.map((hold) =>
    hold.orderId === orderId
      ? { ...hold, until: { [MERGED_CLAIMANT]: Math.max(...Object.values(hold.until)) } }
      : hold,
  );
