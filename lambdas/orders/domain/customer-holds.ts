import { type Instant, MILLISECONDS_PER_SECOND } from '../../shared/instant.ts';
import { type Order, readingAt } from './order.ts';

/** An order for which a customer asked to hold units. */
export type CustomerHold = { readonly orderId: string; readonly units: number; readonly claimedAt: Instant };
/** All that a customer may be holding. Never too few: what lapsed or was paid is struck out when there is no room, or there are some of them. */
export type CustomerHolds = {
  readonly customerId: string;
  readonly holds: readonly CustomerHold[];
  readonly version: number;
};
/** How many unpaid orders, and units in them, one customer may hold at a time. */
export type HoldCaps = { readonly holds: number; readonly units: number };

export type TooManyHolds = { readonly kind: 'tooManyHolds'; readonly retryAfterSeconds: number };

/** A hold and all that extends it before a payment is over by then. */
export const CLAIM_SECONDS_MAX = 2 * 3_600;
/** What is written in between claiming and holding is there by then, or never will be. */
const UNWRITTEN_SECONDS_MAX = 60;

export const hasRoom = (holds: readonly CustomerHold[], more: CustomerHold, caps: HoldCaps): boolean =>
  holds.length < caps.holds && unitsOf(holds) + more.units <= caps.units;

export const unitsOf = (holds: readonly CustomerHold[]): number =>
  holds.reduce((sum, { units }) => sum + units, 0);

/** Those that still hold stock, by what their orders say. One whose order was never written may hold it until it lapses. */
export function stillHeld(
  holds: readonly CustomerHold[],
  orders: readonly Order[],
  { now, holdSeconds }: { readonly now: Instant; readonly holdSeconds: number },
): readonly CustomerHold[] {
  const byId = new Map(orders.map((order) => [order.orderId, order]));
  return holds.filter(({ orderId, claimedAt }) => {
    const order = byId.get(orderId);
    if (order !== undefined) return readingAt(order, now) === 'PENDING_PAYMENT';
    return claimedAt + (holdSeconds + UNWRITTEN_SECONDS_MAX) * MILLISECONDS_PER_SECOND > now;
  });
}

/** When the first of them lapses, and so there may be room. */
export function roomInSeconds(
  holds: readonly CustomerHold[],
  orders: readonly Order[],
  { now, holdSeconds }: { readonly now: Instant; readonly holdSeconds: number },
): number {
  const byId = new Map(orders.map(({ orderId, expiresAt }) => [orderId, Date.parse(expiresAt)]));
  const ends = holds.map(
    ({ orderId, claimedAt }) => byId.get(orderId) ?? claimedAt + holdSeconds * MILLISECONDS_PER_SECOND,
  );
  return Math.max(1, Math.ceil((Math.min(...ends) - now) / MILLISECONDS_PER_SECOND));
}
