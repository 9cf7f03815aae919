import type { EffectiveOrderStatus } from '../../contracts/orders-api.ts';
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

/** Retries of AuthorizePayment take no longer. */
const AUTHORIZE_SECONDS_MAX = 160;
/**
 * A hold with less than the minimum left is extended before the payment starts. The minimum covers the authorization and the delivery of
 * OrderConfirmed at worst; once that has arrived, the stock is committed, and no hold is needed.
 */
export const PAYMENT_HOLD_SECONDS = 15 * 60;
export const PAYMENT_HOLD_SECONDS_MIN = AUTHORIZE_SECONDS_MAX + EVENT_SECONDS_MAX;

type IdempotentRequest = {
  readonly operationId: string;
  readonly fingerprint: string;
  readonly now: Instant;
};

/** The repeat of a request that was done: the same answer, or a refusal for another request under its key. */
export function replayOf(
  order: Order,
  { operationId, fingerprint }: IdempotentRequest,
): Decision<KeyReused> | undefined {
  const before = order.requests[operationId];
  if (before === undefined) return undefined;
  return before.fingerprint === fingerprint ? toUnchangedOrder(order) : err({ kind: 'keyReused' });
}

/** What is kept of a request, so that its repeat gets the same answer. */
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

/** Maximum number of resumptions and repairs that an order remembers. Payments are limited by their attempts. */
export const RESUMPTIONS_KEPT_MAX = 50;

/** Makes room for one more round. A repeat of one that was forgotten is a new resumption, which undoes nothing twice. */
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

/** As `remembering`, for what may be asked for any number of times: resumptions and repairs. */
export const resumptionChange = (
  order: Order,
  request: IdempotentRequest,
  responseStatus: Order['status'],
  saga?: Saga,
) => requestChange(order, request, responseStatus, saga, { resumptionVersion: order.version });

export type PayCommand = IdempotentRequest & {
  readonly paymentMethod: string;
  readonly holdSeconds: number;
  /** The end of the hold, and the claim of this request where it extended the hold. */
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
 * The next attempt; or, with the same payment method after an action of the customer, the same attempt again:
 * its look-up finds the payment authorized. `name` is part of the saga's.
 */
export function nextPaymentOf({ payment }: Order, paymentMethod: string): NextPayment {
  if (payment?.status !== 'REQUIRES_ACTION' || payment.paymentMethod !== paymentMethod) {
    const attempt = (payment?.attempt ?? 0) + 1;
    return { attempt, suffix: String(attempt) };
  }
  const continuations = (payment.continuations ?? 0) + 1;
  return { attempt: payment.attempt, continuations, suffix: `${payment.attempt}-${continuations}` };
}

/** An expired order stays payable for one more hold length. Then its price is too old to be paid. */
export const isPastPaymentWindow = (
  { expiresAt }: Order,
  { now, holdSeconds }: Pick<PayCommand, 'now' | 'holdSeconds'>,
): boolean => now > Date.parse(expiresAt) + holdSeconds * MILLISECONDS_PER_SECOND;

/** Starts the next attempt to pay. An expired order is payable for one hold length, while its stock can still be held. */
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

/** Unpaid: cancelled at once. Completed: through the saga. In between there is a saga that must come to its end first. */
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

/** The goods leave. After this the order can no longer be cancelled. */
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

/** A parked order's compensation runs again, as an execution of its own. */
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
