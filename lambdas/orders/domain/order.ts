import type {
  Allocation,
  Delivery,
  EffectiveOrderStatus,
  OrderPaymentStatus,
  OrderStatus,
} from '../../contracts/api/orders.ts';
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
  /** Number of times the attempt was continued after an action of the customer. */
  readonly continuations?: number;
};

export type OrderLine = {
  readonly sku: string;
  readonly name: string;
  readonly quantity: number;
  readonly unitPrice: Money;
  /**
   * Locations from which the units are taken. Absent where all are taken from `main`, which is most
   * often so: an order that waits for its stock must stay within two kilobytes.
   */
  readonly allocations?: readonly Allocation[];
};

const MAIN_LOCATION = 'main';

/** Returns the locations from which the units of a line are taken. */
export const allocationsOf = ({ quantity, allocations }: OrderLine): readonly Allocation[] =>
  allocations ?? [{ locationId: MAIN_LOCATION, quantity }];

/** Returns the lines with the locations at which inventory holds their units. */
export const withAllocations = (
  lines: readonly OrderLine[],
  held: readonly (Allocation & { readonly sku: string })[],
): OrderLine[] =>
  lines.map((line) => {
    const own = held.filter(({ sku }) => sku === line.sku);
    const isAtMain = own.every(({ locationId }) => locationId === MAIN_LOCATION);
    if (isAtMain) return line;
    const allocations = own.map(({ locationId, quantity }) => ({ locationId, quantity }));
    return { ...line, allocations };
  });

/** Latest saga of the order. The name makes a second start the same execution. */
export type Saga = { readonly machine: 'process' | 'cancel'; readonly name: string };

/** Outcome of a request with an idempotency key. A repeat returns the same response. */
export type RequestRecord = {
  readonly fingerprint: string;
  readonly responseStatus: OrderStatus;
  readonly saga?: Saga;
  /**
   * Version of the order at a resumption or a repair. Only these records are dropped, oldest first.
   */
  readonly resumptionVersion?: number;
};

/** Outcome that inventory published for OrderConfirmed. Stored however late it arrives. */
export type StockOutcome = { readonly status: 'committed' | 'failed'; readonly code?: string };

export type Order = {
  readonly orderId: string;
  readonly customerId: string;
  readonly status: OrderStatus;
  readonly lines: readonly OrderLine[];
  /** Absent where the order is shipped. */
  readonly delivery?: Delivery;
  readonly total: Money;
  /** End of the hold; ISO 8601. */
  readonly expiresAt: string;
  /** First value of `expiresAt`, which a repeat of the placement returns. */
  readonly placedExpiresAt: string;
  readonly fingerprint: string;
  /** Operation id of the placement. Removed when the customer is erased. */
  readonly placementId?: string;
  /** Claim of the request that wrote `expiresAt`. */
  readonly claimId?: string;
  /** Present when inventory has released the units permanently. */
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

/** Maximum payment attempts per order, which bounds the size of the record. */
export const PAYMENT_ATTEMPTS_MAX = 20;

/** Returns the units in all lines of the order. */
export const unitsOfOrder = ({ lines }: Pick<Order, 'lines'>): number =>
  lines.reduce((sum, { quantity }) => sum + quantity, 0);

/**
 * Returns the status at a time: a PENDING_PAYMENT order is EXPIRED after its hold ends, without a
 * write.
 */
export const statusAt = ({ status, expiresAt }: Order, now: Instant): EffectiveOrderStatus =>
  status === 'PENDING_PAYMENT' && Date.parse(expiresAt) <= now ? 'EXPIRED' : status;

type Change = Partial<Omit<Order, 'orderId' | 'version'>>;

/**
 * Returns the next version of an order. The timeline records a new status, and any change with a
 * reason. The task token is kept only while CONFIRMED: its 700 bytes would double the cost of every
 * later write.
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

/** Returns the reason of the latest timeline entry. */
export const latestReasonOf = ({ timeline }: Order): string => timeline.at(-1)?.reason ?? '';
