import type { EffectiveOrderStatus } from '../../contracts/api/orders.ts';
import { defined } from '../../shared/core/defined.ts';
import { type Instant, MILLISECONDS_PER_SECOND } from '../../shared/core/instant.ts';
import { err } from '../../shared/core/result.ts';
import { EVENT_SECONDS_MAX } from '../../shared/events/delivery-times.ts';
import { type Decision, type KeyReused, toChangedOrder, toUnchangedOrder } from './decision.ts';
import {
  applyOrderChange,
  type Order,
  PAYMENT_ATTEMPTS_MAX,
  type Saga,
  statusAt,
} from './order.ts';

/** Maximum duration of AuthorizePayment with its retries. */
const AUTHORIZE_SECONDS_MAX = 160;
/**
 * Length of a hold for a payment, and the minimum left before the hold is extended. The minimum
 * covers the authorization and the slowest delivery of OrderConfirmed. After that delivery the
 * stock is committed and needs no hold.
 */
export const PAYMENT_HOLD_SECONDS = 15 * 60;
export const PAYMENT_HOLD_SECONDS_MIN = AUTHORIZE_SECONDS_MAX + EVENT_SECONDS_MAX;

type IdempotentRequest = {
  readonly operationId: string;
  readonly fingerprint: string;
  readonly now: Instant;
};

/**
 * Returns the outcome of a request that was handled before, `keyReused` for a different request
 * with the same key, or undefined for a new request.
 */
export function replayOf(
  order: Order,
  { operationId, fingerprint }: IdempotentRequest,
): Decision<KeyReused> | undefined {
  const before = order.requests[operationId];
  if (before === undefined) return undefined;
  return before.fingerprint === fingerprint ? toUnchangedOrder(order) : err({ kind: 'keyReused' });
}

/** Returns the order fields that record a request, so that its repeat returns the same response. */
export const requestChange = (
  order: Order,
  { operationId, fingerprint }: IdempotentRequest,
  responseStatus: Order['status'],
  saga?: Saga,
  options: { readonly resumptionVersion?: number } = {},
) => ({
  requests: {
    ...dropOldResumptions(order.requests),
    [operationId]: {
      fingerprint,
      responseStatus,
      ...defined({ saga }),
      ...options,
    },
  },
  ...defined({ saga }),
});

/** Maximum resumptions and repairs recorded per order. PAYMENT_ATTEMPTS_MAX limits payments. */
export const RESUMPTIONS_KEPT_MAX = 50;

/**
 * Drops the oldest resumptions to make room for one more. The repeat of a dropped one is a new
 * resumption, which is safe because compensation is idempotent.
 */
function dropOldResumptions(requests: Order['requests']): Order['requests'] {
  const resumptions = Object.entries(requests)
    .flatMap(([id, { resumptionVersion }]) =>
      resumptionVersion === undefined ? [] : [{ id, resumptionVersion }],
    )
    .sort((one, other) => other.resumptionVersion - one.resumptionVersion);
  const dropped = new Set(resumptions.slice(RESUMPTIONS_KEPT_MAX - 1).map(({ id }) => id));
  return dropped.size === 0
    ? requests
    : Object.fromEntries(Object.entries(requests).filter(([id]) => !dropped.has(id)));
}

/**
 * Returns the order fields that record a resumption or a repair, which may occur any number of
 * times.
 */
export const resumptionChange = (
  order: Order,
  request: IdempotentRequest,
  responseStatus: Order['status'],
  saga?: Saga,
) => requestChange(order, request, responseStatus, saga, { resumptionVersion: order.version });

export type PayCommand = IdempotentRequest & {
  readonly paymentMethod: string;
  readonly holdSeconds: number;
  /** End of the hold (ISO 8601), and the claim of this request when it extended the hold. */
  readonly expiresAt: string;
  readonly claimId?: string | undefined;
};
export type PayError =
  | KeyReused
  | { readonly kind: 'notPayable'; readonly orderStatus: EffectiveOrderStatus }
  | { readonly kind: 'orderExpired' };

export const isHoldTooShort = ({ expiresAt }: Order, now: Instant): boolean =>
  Date.parse(expiresAt) - now < PAYMENT_HOLD_SECONDS_MIN * MILLISECONDS_PER_SECOND;

type NextPayment = {
  readonly attempt: number;
  readonly continuations?: number;
  readonly suffix: string;
};

/**
 * Returns the next payment attempt. After a required action with the same payment method it is the
 * same attempt again, because the provider may have authorized it. `suffix` is part of the saga's
 * name.
 */
export function nextPaymentOf({ payment }: Order, paymentMethod: string): NextPayment {
  if (payment?.status !== 'REQUIRES_ACTION' || payment.paymentMethod !== paymentMethod) {
    const attempt = (payment?.attempt ?? 0) + 1;
    return { attempt, suffix: String(attempt) };
  }
  const continuations = (payment.continuations ?? 0) + 1;
  return { attempt: payment.attempt, continuations, suffix: `${payment.attempt}-${continuations}` };
}

/**
 * Returns true when the order expired more than one hold length ago: its price is no longer valid.
 */
export const isPastPaymentWindow = (
  { expiresAt }: Order,
  { now, holdSeconds }: Pick<PayCommand, 'now' | 'holdSeconds'>,
): boolean => now > Date.parse(expiresAt) + holdSeconds * MILLISECONDS_PER_SECOND;

/**
 * Starts the next payment attempt. An expired order stays payable for one hold length, if its stock
 * can still be held.
 */
export function decidePay(order: Order, command: PayCommand): Decision<PayError> {
  const replay = replayOf(order, command);
  if (replay !== undefined) return replay;
  const { attempt, continuations, suffix } = nextPaymentOf(order, command.paymentMethod);
  const attempts = Math.max(attempt, continuations ?? 0);
  if (order.status !== 'PENDING_PAYMENT' || attempts > PAYMENT_ATTEMPTS_MAX) {
    return err({ kind: 'notPayable', orderStatus: statusAt(order, command.now) });
  }
  if (isPastPaymentWindow(order, command)) return err({ kind: 'orderExpired' });
  const { paymentMethod, expiresAt, claimId, now } = command;
  const saga: Saga = { machine: 'process', name: `${order.orderId}-${suffix}` };
  const payment = {
    status: 'PENDING',
    attempt,
    paymentMethod,
    ...defined({ continuations }),
  } as const;
  return toChangedOrder(
    applyOrderChange(
      order,
      {
        status: 'PAYING',
        payment,
        expiresAt,
        ...defined({ claimId }),
        ...requestChange(order, command, 'PAYING', saga),
      },
      now,
    ),
  );
}

export type CancelError =
  | KeyReused
  | { readonly kind: 'inProgress' }
  | { readonly kind: 'alreadyFulfilled' };

/**
 * Cancels an unpaid order at once and a completed order through its saga. Rejects while a saga is
 * running.
 */
export function decideCancel(
  order: Order,
  command: IdempotentRequest & { readonly reason: string },
): Decision<CancelError> {
  const replay = replayOf(order, command);
  if (replay !== undefined) return replay;
  const { reason } = command;
  switch (order.status) {
    case 'PENDING_PAYMENT': {
      const change = {
        status: 'CANCELLED',
        ...requestChange(order, command, 'CANCELLED'),
      } as const;
      return toChangedOrder(applyOrderChange(order, change, command.now, reason));
    }
    case 'COMPLETED': {
      const saga: Saga = { machine: 'cancel', name: `${order.orderId}-cancel-${order.version}` };
      const change = {
        status: 'CANCELLING',
        ...requestChange(order, command, 'CANCELLING', saga),
      } as const;
      return toChangedOrder(applyOrderChange(order, change, command.now, reason));
    }
    case 'CANCELLING':
    case 'CANCELLED':
      return toUnchangedOrder(order);
    case 'PAYING':
    case 'CONFIRMED':
    case 'NEEDS_ATTENTION':
      return err({ kind: 'inProgress' });
    case 'FULFILLED':
      return err({ kind: 'alreadyFulfilled' });
  }
}

export type FulfilError =
  | KeyReused
  | { readonly kind: 'notCompleted'; readonly orderStatus: EffectiveOrderStatus };

/** Marks the goods as shipped. A fulfilled order can no longer be cancelled. */
export function decideFulfil(order: Order, command: IdempotentRequest): Decision<FulfilError> {
  const replay = replayOf(order, command);
  if (replay !== undefined) return replay;
  if (order.status === 'FULFILLED') return toUnchangedOrder(order);
  if (order.status !== 'COMPLETED') {
    return err({ kind: 'notCompleted', orderStatus: statusAt(order, command.now) });
  }
  const change = { status: 'FULFILLED', ...requestChange(order, command, 'FULFILLED') } as const;
  return toChangedOrder(applyOrderChange(order, change, command.now));
}

export type ResumeError =
  | KeyReused
  | { readonly kind: 'notResumable'; readonly orderStatus: EffectiveOrderStatus };

/** Runs the compensation of an order that needs attention again, as a new execution. */
export function decideResume(order: Order, command: IdempotentRequest): Decision<ResumeError> {
  const replay = replayOf(order, command);
  if (replay !== undefined) return replay;
  if (order.status !== 'NEEDS_ATTENTION') {
    return err({ kind: 'notResumable', orderStatus: statusAt(order, command.now) });
  }
  const saga: Saga = { machine: 'cancel', name: `${order.orderId}-resume-${order.version}` };
  const change = {
    status: 'CANCELLING',
    ...resumptionChange(order, command, 'CANCELLING', saga),
  } as const;
  return toChangedOrder(applyOrderChange(order, change, command.now, 'resumed'));
}
