import { type Instant, MILLISECONDS_PER_SECOND } from '../../shared/core/instant.ts';
import { refused, unreachable } from '../../shared/core/result.ts';
import { EVENT_SECONDS_MAX } from '../../shared/events/delivery.ts';
import { type Decision, type KeyReused, toChanged, unchanged } from './decision.ts';
import {
  changed,
  type Order,
  type OrderReading,
  PAYMENT_ATTEMPTS_MAX,
  readingAt,
  type Saga,
} from './order.ts';

/** Retries of AuthorizePayment take no longer. */
const AUTHORIZE_SECONDS_MAX = 160;
/**
 * A hold with less than the minimum left is extended before the payment starts. The minimum covers the authorization and the delivery of
 * OrderConfirmed at worst; once that has arrived, the stock is committed, and no hold is needed.
 */
export const PAYING_HOLD_SECONDS = 15 * 60;
export const PAYING_HOLD_SECONDS_MIN = AUTHORIZE_SECONDS_MAX + EVENT_SECONDS_MAX;

type Requested = {
  readonly operationId: string;
  readonly fingerprint: string;
  readonly now: Instant;
};

/** The repeat of a request that was done: the same answer, or a refusal for another request under its key. */
export function repeatOf(
  order: Order,
  { operationId, fingerprint }: Requested,
): Decision<KeyReused> | undefined {
  const before = order.requests[operationId];
  if (before === undefined) return undefined;
  return before.fingerprint === fingerprint ? unchanged(order) : refused({ kind: 'keyReused' });
}

/** What is kept of a request, so that its repeat gets the same answer. */
export const remembering = (
  order: Order,
  { operationId, fingerprint }: Requested,
  answer: Order['status'],
  saga?: Saga,
  more: { readonly round?: number } = {},
) => ({
  requests: {
    ...withoutOldRounds(order.requests),
    [operationId]: { fingerprint, answer, ...(saga === undefined ? {} : { saga }), ...more },
  },
  ...(saga === undefined ? {} : { saga }),
});

/** Maximum number of resumptions and repairs that an order remembers. Payments are limited by their attempts. */
export const ROUNDS_REMEMBERED_MAX = 50;

/** Makes room for one more round. A repeat of one that was forgotten is a new resumption, which undoes nothing twice. */
function withoutOldRounds(requests: Order['requests']): Order['requests'] {
  const rounds = Object.entries(requests)
    .flatMap(([id, { round }]) => (round === undefined ? [] : [{ id, round }]))
    .sort((one, other) => other.round - one.round);
  const forgotten = new Set(rounds.slice(ROUNDS_REMEMBERED_MAX - 1).map(({ id }) => id));
  return forgotten.size === 0
    ? requests
    : Object.fromEntries(Object.entries(requests).filter(([id]) => !forgotten.has(id)));
}

/** As `remembering`, for what may be asked for any number of times: resumptions and repairs. */
export const rememberingRound = (
  order: Order,
  requested: Requested,
  answer: Order['status'],
  saga?: Saga,
) => remembering(order, requested, answer, saga, { round: order.version });

export type PayOrder = Requested & {
  readonly paymentMethod: string;
  readonly holdSeconds: number;
  /** The end of the hold, and the claim of this request where it extended the hold. */
  readonly expiresAt: string;
  readonly claimId?: string | undefined;
};
export type PayRefusal =
  | KeyReused
  | { readonly kind: 'notPayable'; readonly orderStatus: OrderReading }
  | { readonly kind: 'orderExpired' };

export const mustExtend = ({ expiresAt }: Order, now: Instant): boolean =>
  Date.parse(expiresAt) - now < PAYING_HOLD_SECONDS_MIN * MILLISECONDS_PER_SECOND;

type NextPayment = {
  readonly attempt: number;
  readonly continuations?: number;
  readonly name: string;
};

/**
 * The next attempt; or, with the same payment method after an action of the customer, the same attempt again:
 * its look-up finds the payment authorized. `name` is part of the saga's.
 */
export function nextPaymentOf({ payment }: Order, paymentMethod: string): NextPayment {
  if (payment?.status !== 'REQUIRES_ACTION' || payment.paymentMethod !== paymentMethod) {
    const attempt = (payment?.attempt ?? 0) + 1;
    return { attempt, name: String(attempt) };
  }
  const continuations = (payment.continuations ?? 0) + 1;
  return { attempt: payment.attempt, continuations, name: `${payment.attempt}-${continuations}` };
}

/** An expired order stays payable for one more hold length. Then its price is too old to be paid. */
export const isTooOld = (
  { expiresAt }: Order,
  { now, holdSeconds }: Pick<PayOrder, 'now' | 'holdSeconds'>,
): boolean => now > Date.parse(expiresAt) + holdSeconds * MILLISECONDS_PER_SECOND;

/** Starts the next attempt to pay. An expired order is payable for one hold length, while its stock can still be held. */
export function decidePay(order: Order, command: PayOrder): Decision<PayRefusal> {
  const repeat = repeatOf(order, command);
  if (repeat !== undefined) return repeat;
  const { attempt, continuations, name } = nextPaymentOf(order, command.paymentMethod);
  const tries = Math.max(attempt, continuations ?? 0);
  if (order.status !== 'PENDING_PAYMENT' || tries > PAYMENT_ATTEMPTS_MAX) {
    return refused({ kind: 'notPayable', orderStatus: readingAt(order, command.now) });
  }
  if (isTooOld(order, command)) return refused({ kind: 'orderExpired' });
  const { paymentMethod, expiresAt, claimId, now } = command;
  const saga: Saga = { machine: 'process', name: `${order.orderId}-${name}` };
  const more = continuations === undefined ? {} : { continuations };
  const payment = { status: 'PENDING', attempt, paymentMethod, ...more } as const;
  return toChanged(
    changed(
      order,
      {
        status: 'PAYING',
        payment,
        expiresAt,
        ...(claimId === undefined ? {} : { claimId }),
        ...remembering(order, command, 'PAYING', saga),
      },
      now,
    ),
  );
}

export type CancelRefusal =
  | KeyReused
  | { readonly kind: 'inProgress' }
  | { readonly kind: 'alreadyFulfilled' };

/** Unpaid: cancelled at once. Completed: through the saga. In between there is a saga that must come to its end first. */
export function decideCancel(
  order: Order,
  command: Requested & { readonly reason: string },
): Decision<CancelRefusal> {
  const repeat = repeatOf(order, command);
  if (repeat !== undefined) return repeat;
  const { reason } = command;
  switch (order.status) {
    case 'PENDING_PAYMENT': {
      const change = { status: 'CANCELLED', ...remembering(order, command, 'CANCELLED') } as const;
      return toChanged(changed(order, change, command.now, reason));
    }
    case 'COMPLETED': {
      const saga: Saga = { machine: 'cancel', name: `${order.orderId}-cancel-${order.version}` };
      const change = {
        status: 'CANCELLING',
        ...remembering(order, command, 'CANCELLING', saga),
      } as const;
      return toChanged(changed(order, change, command.now, reason));
    }
    case 'CANCELLING':
    case 'CANCELLED':
      return unchanged(order);
    case 'PAYING':
    case 'CONFIRMED':
    case 'NEEDS_ATTENTION':
      return refused({ kind: 'inProgress' });
    case 'FULFILLED':
      return refused({ kind: 'alreadyFulfilled' });
    default:
      return unreachable(order.status);
  }
}

export type FulfilRefusal =
  | KeyReused
  | { readonly kind: 'notCompleted'; readonly orderStatus: OrderReading };

/** The goods leave. After this the order can no longer be cancelled. */
export function decideFulfil(order: Order, command: Requested): Decision<FulfilRefusal> {
  const repeat = repeatOf(order, command);
  if (repeat !== undefined) return repeat;
  if (order.status === 'FULFILLED') return unchanged(order);
  if (order.status !== 'COMPLETED') {
    return refused({ kind: 'notCompleted', orderStatus: readingAt(order, command.now) });
  }
  const change = { status: 'FULFILLED', ...remembering(order, command, 'FULFILLED') } as const;
  return toChanged(changed(order, change, command.now));
}

export type ResumeRefusal =
  | KeyReused
  | { readonly kind: 'notParked'; readonly orderStatus: OrderReading };

/** A parked order's compensation runs again, as an execution of its own. */
export function decideResume(order: Order, command: Requested): Decision<ResumeRefusal> {
  const repeat = repeatOf(order, command);
  if (repeat !== undefined) return repeat;
  if (order.status !== 'NEEDS_ATTENTION') {
    return refused({ kind: 'notParked', orderStatus: readingAt(order, command.now) });
  }
  const saga: Saga = { machine: 'cancel', name: `${order.orderId}-resume-${order.version}` };
  const change = {
    status: 'CANCELLING',
    ...rememberingRound(order, command, 'CANCELLING', saga),
  } as const;
  return toChanged(changed(order, change, command.now, 'resumed'));
}
