import type {
  EffectiveOrderStatus,
  OrderPaymentStatus,
  OrderStatus,
} from '../../contracts/orders-api.ts';
import type { Money } from '../../contracts/primitives.ts';
import { defined } from '../../shared/core/defined.ts';
import { appendEntry } from '../../shared/core/history.ts';
import { type Instant, toIso } from '../../shared/core/instant.ts';
import { nextVersion } from '../../shared/core/next-version.ts';

export type OrderPayment = {
  readonly status: OrderPaymentStatus;
  readonly attempt: number;
  readonly paymentMethod: string;
  readonly lastError?: string;
  /** How often this attempt was asked for again, after an action of the customer. */
  readonly continuations?: number;
};

export type OrderLine = {
  readonly sku: string;
  readonly name: string;
  readonly quantity: number;
  readonly unitPrice: Money;
};

/** The saga that works, or last worked, on the order. Its name makes a second start of it the same execution. */
export type Saga = { readonly machine: 'process' | 'cancel'; readonly name: string };

/** What became of a request with an idempotency key, so that its repeat gets the same answer. */
export type RequestRecord = {
  readonly fingerprint: string;
  readonly responseStatus: OrderStatus;
  readonly saga?: Saga;
  /** Version of the order at a resumption or a repair. Only these are ever forgotten, the oldest first. */
  readonly resumptionVersion?: number;
};

/** Inventory's answer to OrderConfirmed, kept however late it comes. */
export type StockOutcome = { readonly status: 'committed' | 'failed'; readonly code?: string };

export type Order = {
  readonly orderId: string;
  readonly customerId: string;
  readonly status: OrderStatus;
  readonly lines: readonly OrderLine[];
  readonly total: Money;
  /** When the hold lapses; ISO 8601. */
  readonly expiresAt: string;
  /** As it was when the order was placed: the repeat of that request gets it again. */
  readonly placedExpiresAt: string;
  readonly fingerprint: string;
  /** Operation id of the request that placed the order; removed when the customer is erased. */
  readonly placementId?: string;
  /** Claim of the request that wrote `expiresAt`. */
  readonly claimId?: string;
  /** Inventory has released the units for good. */
  readonly isReleased?: true;
  readonly payment: OrderPayment | null;
  readonly timeline: readonly TimelineEntry[];
  readonly requests: Readonly<Record<string, RequestRecord>>;
  readonly saga?: Saga;
  readonly taskToken?: string;
  readonly stockOutcome?: StockOutcome;
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly correlationId: string;
};

export type TimelineEntry = {
  readonly at: string;
  readonly status: OrderStatus;
  readonly reason?: string;
  readonly omitted?: number;
};

/** An order is asked to pay so often at most; then it is left to lapse. Bounds the record's size. */
export const PAYMENT_ATTEMPTS_MAX = 20;

/** Units in all lines of the order. */
export const unitsOfOrder = ({ lines }: Pick<Order, 'lines'>): number =>
  lines.reduce((sum, { quantity }) => sum + quantity, 0);

/** How it reads: past its time an unpaid order is EXPIRED, though nothing was written. */
export const statusAt = ({ status, expiresAt }: Order, now: Instant): EffectiveOrderStatus =>
  status === 'PENDING_PAYMENT' && Date.parse(expiresAt) <= now ? 'EXPIRED' : status;

type Change = Partial<Omit<Order, 'orderId' | 'version'>>;

/**
 * The next version of an order. A new status is told in the timeline, and whatever else has a reason. The token of the waiting saga is of use while
 * CONFIRMED only; it is 700 bytes, as many as all else, which every later write would pay for.
 */
export function applyOrderChange(
  order: Order,
  change: Change,
  now: Instant,
  reason?: string,
): Order {
  const at = toIso(now);
  const { taskToken, ...after } = { ...order, ...change };
  const { status } = after;
  const entry: TimelineEntry = { at, status, ...defined({ reason }) };
  return {
    ...nextVersion(after, now),
    ...(status === 'CONFIRMED' ? defined({ taskToken }) : {}),
    timeline:
      status === order.status && reason === undefined
        ? order.timeline
        : appendEntry(order.timeline, entry),
  };
}

/** Why the order came to be where it is. */
export const latestReasonOf = ({ timeline }: Order): string => timeline.at(-1)?.reason ?? '';
