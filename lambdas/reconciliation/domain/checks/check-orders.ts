import type { OrderAudit } from '../../../contracts/api/audit.ts';
import {
  type Instant,
  MILLISECONDS_PER_SECOND,
  SECONDS_PER_DAY,
} from '../../../shared/core/instant.ts';
import { GRACE_SECONDS, STUCK_SECONDS } from '../../../shared/events/delivery-times.ts';
import type { Detection } from '../finding.ts';
import { checkOrderCapture } from './check-order-money.ts';
import { checkCancelledOrderStock, checkOrderStock } from './check-order-stock.ts';
import { type OrderSnapshot, orderDetectionFields, proposeRepair } from './order-snapshot.ts';

/**
 * Time that a person has to resume an order before a run reports it. Policy resumes it in each run.
 */
export const ATTENTION_SECONDS = SECONDS_PER_DAY;

/** Returns all disagreements of an order with its reservation, its payment and its saga. */
export function checkOrder(
  snapshot: OrderSnapshot,
  now: Instant,
  attentionSeconds: number = ATTENTION_SECONDS,
): Detection[] {
  const { order } = snapshot;
  const age = (now - Date.parse(order.since)) / MILLISECONDS_PER_SECOND;
  switch (order.status) {
    case 'PENDING_PAYMENT':
      return [];
    case 'PAYING':
    case 'CANCELLING':
      return checkStuckSaga(snapshot, age);
    case 'CONFIRMED':
      return age < STUCK_SECONDS
        ? []
        : [...checkStuckSaga(snapshot, age), ...checkOrderStock(snapshot, age)];
    case 'COMPLETED':
    case 'FULFILLED':
      return age < GRACE_SECONDS
        ? []
        : [...checkOrderStock(snapshot, age), ...checkOrderCapture(snapshot, now)];
    case 'CANCELLED':
      return age < GRACE_SECONDS ? [] : checkCancelledOrderStock(snapshot, now);
    case 'NEEDS_ATTENTION':
      return age < attentionSeconds ? [] : [toAttentionDetection(order)];
  }
}

function checkStuckSaga({ order, payment }: OrderSnapshot, age: number): Detection[] {
  const { orderId, version, status, saga } = order;
  if (age < STUCK_SECONDS) return [];
  const execution = saga?.execution ?? 'NOT_STARTED';
  const isCaptureEventMissing =
    status === 'CONFIRMED' && execution === 'SUCCEEDED' && payment?.status === 'CAPTURED';
  const isWaiting =
    execution === 'RUNNING' || (execution === 'SUCCEEDED' && !isCaptureEventMissing);
  const effects = {
    SUCCEEDED: 'Completes the order. Its stock is committed and its payment is captured.',
    NOT_STARTED: 'Starts the saga. Its name makes a second start the same execution.',
    FAILED: 'Compensates: refunds the money, releases the stock and cancels the order.',
    TIMED_OUT: 'Compensates: refunds the money, releases the stock and cancels the order.',
    ABORTED: 'Compensates: refunds the money, releases the stock and cancels the order.',
    NOT_RETAINED:
      'Compensates by a saga of its own: refunds the money, releases the stock and cancels the order. First check that the goods were not sent.',
  } as const;
  const reasons = {
    NOT_STARTED: 'its saga was never started',
    RUNNING: 'its saga still runs and ends by itself within an hour',
    SUCCEEDED: isCaptureEventMissing
      ? 'its saga has captured the money, but orders has not received PaymentCaptured'
      : 'its saga has succeeded, so the order should have a final status. Read its timeline',
    FAILED: 'its saga failed',
    TIMED_OUT: 'its saga timed out',
    ABORTED: 'its saga was stopped',
    NOT_RETAINED:
      'its saga is so old that Step Functions no longer keeps it, and its outcome is unknown',
  } as const;
  return [
    {
      kind: 'SAGA_STUCK',
      ...orderDetectionFields({ order, reservation: undefined, payment: undefined }),
      expected: `a final status within ${STUCK_SECONDS / 60} minutes`,
      actual: { status, execution },
      difference: null,
      units: 0,
      explanation: `Order ${orderId} has been ${status} since ${order.since}: ${reasons[execution]}.`,
      ...(isWaiting
        ? {}
        : proposeRepair({ action: 'resumeOrder', orderId, version }, effects[execution], {
            isSafe: execution !== 'NOT_RETAINED',
          })),
    },
  ];
}

const toAttentionDetection = (order: OrderAudit): Detection => ({
  kind: 'ORDER_NEEDS_ATTENTION',
  ...orderDetectionFields({ order, reservation: undefined, payment: undefined }),
  expected: 'resumed within a day',
  actual: { status: order.status },
  difference: null,
  units: 0,
  explanation: `Order ${order.orderId} could not be compensated completely and has needed attention since ${order.since}. Its timeline shows what failed.`,
  ...proposeRepair(
    { action: 'resumeOrder', orderId: order.orderId, version: order.version },
    'Runs its compensation again. Completed steps are not repeated.',
  ),
});
