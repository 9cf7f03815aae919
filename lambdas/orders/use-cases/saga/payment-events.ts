import { RetryLaterError } from '../../../shared/core/errors.ts';
import type { Instant } from '../../../shared/core/instant.ts';
import { err, ok, type Result } from '../../../shared/core/result.ts';
import { logger } from '../../../shared/observability/logger.ts';
import {
  isHoldTooShort,
  isPastPaymentWindow,
  PAYMENT_HOLD_SECONDS,
} from '../../domain/customer-steps.ts';
import type { NotFound } from '../../domain/decision.ts';
import type { Order } from '../../domain/order.ts';
import {
  decideAwaitAction,
  decideCancelLate,
  decideContinue,
  decideProviderReversal,
  hasCancelledLate,
  hasContinued,
  isAwaitingAction,
  type ProviderReversal,
} from '../../domain/payment-events.ts';
import { canStartSaga } from '../../domain/saga-retention.ts';
import type { UnexpectedStatus } from '../../domain/saga-steps.ts';
import { changeOrder } from '../change-order.ts';
import {
  claimAndExtendHold,
  type ExtendHoldError,
  type HoldEnd,
  type HoldExtension,
  type HoldPorts,
} from '../checkout/extend-hold.ts';
import type { OrderStore, Sagas } from '../ports.ts';
import { sagaInputOf } from './start-saga.ts';

type Ports = HoldPorts & { readonly orders: OrderStore; readonly sagas: Sagas };
type HoldClaimInput = Pick<HoldExtension, 'claimId' | 'caps'>;
type Step = {
  readonly orderId: string;
  readonly attempt: number;
  readonly correlationId: string;
  readonly now: Instant;
};

/**
 * Handles an action that the provider requires of the customer: extends the hold once, then the
 * order waits. If the hold cannot be extended, the order waits until the hold ends.
 */
export async function awaitAction(
  ports: Omit<Ports, 'sagas'>,
  step: Step & HoldClaimInput,
): Promise<Result<{ status: Order['status'] }, UnexpectedStatus | NotFound>> {
  const { orders } = ports;
  const { orderId, attempt } = step;
  const order = await orders.get(orderId);
  if (order === undefined) return err({ kind: 'notFound' });
  const isFirst = order.status === 'PAYING' && order.payment?.continuations === undefined;
  const extended = isFirst
    ? await claimAndExtendHold(
        ports,
        order,
        { ...step, step: `action-${attempt}` },
        PAYMENT_HOLD_SECONDS,
      )
    : undefined;
  const hold = extended?.ok === true ? extended.value : {};
  const result = await changeOrder(orders, orderId, (current) =>
    decideAwaitAction(current, { ...step, claimId: undefined, ...hold }),
  );
  return result.ok ? ok({ status: result.value.status }) : result;
}

/**
 * Continues an attempt after the customer's action with a new saga, which looks the payment up.
 * Cancels the order and reverses the payment if the stock was sold, a limit is reached, or the
 * price is no longer valid.
 */
export async function continueAfterAction(
  ports: Ports,
  step: Step & HoldClaimInput & { readonly holdSeconds: number },
): Promise<void> {
  const { orders, sagas } = ports;
  const { orderId, attempt, now } = step;
  const order = await orders.get(orderId);
  if (order === undefined) {
    logger.warn('payment event for an unknown order', { orderId, attempt });
    return;
  }
  const isWaiting = isAwaitingAction(order, attempt);
  const isLate = isWaiting && isPastPaymentWindow(order, step);
  const extended: Result<HoldEnd, ExtendHoldError> =
    isWaiting && !isLate && isHoldTooShort(order, now)
      ? await claimAndExtendHold(
          ports,
          order,
          { ...step, step: `action-done-${attempt}` },
          PAYMENT_HOLD_SECONDS,
        )
      : ok({ expiresAt: order.expiresAt });
  const result = await changeOrder<UnexpectedStatus>(orders, orderId, (current) =>
    extended.ok && !isLate
      ? decideContinue(current, { ...step, claimId: undefined, ...extended.value })
      : decideCancelLate(current, step),
  );
  if (!result.ok) {
    logger.info('completed action changed nothing', { orderId, attempt, error: result.error });
    return;
  }
  const { saga } = result.value;
  const needsSaga = hasContinued(result.value, attempt) || hasCancelledLate(result.value, attempt);
  if (needsSaga && saga !== undefined && canStartSaga(result.value, now))
    await sagas.start(saga, sagaInputOf(result.value));
}

/**
 * Records a refund or dispute made at the provider. Throws RetryLaterError while the order may
 * still be completed, so that the message is redelivered.
 */
export async function recordProviderReversal(
  { orders }: Pick<Ports, 'orders'>,
  { orderId, ...money }: ProviderReversal & { readonly orderId: string },
): Promise<void> {
  const result = await changeOrder(orders, orderId, (order) =>
    decideProviderReversal(order, money),
  );
  if (result.ok) return;
  if (result.error.kind === 'tooEarly')
    throw new RetryLaterError(`order ${orderId} is not completed yet`);
  logger.warn('refund of an unknown order', { orderId });
}
