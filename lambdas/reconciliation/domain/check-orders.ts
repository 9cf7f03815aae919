import type { OrderAudit } from '../../contracts/audit-api.ts';
import {
  type Instant,
  MILLISECONDS_PER_SECOND,
  SECONDS_PER_DAY,
} from '../../shared/core/instant.ts';
import { GRACE_SECONDS, STUCK_SECONDS } from '../../shared/events/delivery-times.ts';
import { checkOrderCapture } from './check-order-money.ts';
import { checkCancelledOrderStock, checkOrderStock } from './check-order-stock.ts';
import type { Detection } from './finding.ts';
import { type OrderSnapshot, orderDetectionFields, proposeRepair } from './order-snapshot.ts';

/** A person has so long before they are asked again; where policy repairs, each run tries once more. */
export const ATTENTION_SECONDS = SECONDS_PER_DAY;

/** Everything in which an order, its reservation and its payment disagree, and what it is stuck in. */
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
    SUCCEEDED: 'Completes the order: its stock is taken and its money is ours.',
    NOT_STARTED:
      'Starts the saga that was never started; its name makes a second start the same execution.',
    FAILED: 'Compensates: gives back the money, releases the stock, and cancels the order.',
    TIMED_OUT: 'Compensates: gives back the money, releases the stock, and cancels the order.',
    ABORTED: 'Compensates: gives back the money, releases the stock, and cancels the order.',
    NOT_RETAINED:
      'Compensates by a saga of its own: gives back the money, releases the stock, and cancels the order. Look first whether the goods were sent.',
  } as const;
  const reasons = {
    NOT_STARTED: 'its saga was never started',
    RUNNING: 'its saga still runs, and waits for something; it ends by itself within an hour',
    SUCCEEDED: isCaptureEventMissing
      ? 'its saga has captured the money, but PaymentCaptured has not come to orders'
      : 'its saga has ended well, so the order should be at rest: look at its timeline',
    FAILED: 'its saga has failed',
    TIMED_OUT: 'its saga has timed out',
    ABORTED: 'its saga was stopped',
    NOT_RETAINED:
      'its saga is so old that Step Functions no longer keeps it, so what became of it is not known',
  } as const;
  return [
    {
      kind: 'SAGA_STUCK',
      ...orderDetectionFields({ order, reservation: undefined, payment: undefined }),
      expected: `at rest within ${STUCK_SECONDS / 60} minutes`,
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
  explanation: `Order ${order.orderId} could not be undone wholly and has waited for a person since ${order.since}; its timeline says what failed.`,
  ...proposeRepair(
    { action: 'resumeOrder', orderId: order.orderId, version: order.version },
    'Runs its compensation again; each part that was done before is not done twice.',
  ),
});
