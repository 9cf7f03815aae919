import { GRACE_SECONDS, type OrderAudit, STUCK_SECONDS } from '../../contracts/audit-api.ts';
import {
  type Instant,
  MILLISECONDS_PER_SECOND,
  SECONDS_PER_DAY,
} from '../../shared/core/instant.ts';
import { moneyOf } from './check-order-money.ts';
import { stockOf, stockOfCancelled } from './check-order-stock.ts';
import type { Detected } from './finding.ts';
import { type OrderSides, ofOrder, repairOf } from './order-sides.ts';

/** A person has so long before they are asked again; where policy repairs, each run tries once more. */
export const ATTENTION_SECONDS = SECONDS_PER_DAY;

/** Everything in which an order, its reservation and its payment disagree, and what it is stuck in. */
export function checkOrder(
  sides: OrderSides,
  now: Instant,
  attentionSeconds: number = ATTENTION_SECONDS,
): Detected[] {
  const { order } = sides;
  const age = (now - Date.parse(order.since)) / MILLISECONDS_PER_SECOND;
  switch (order.status) {
    case 'PENDING_PAYMENT':
      return [];
    case 'PAYING':
    case 'CANCELLING':
      return stuck(sides, age);
    case 'CONFIRMED':
      return age < STUCK_SECONDS ? [] : [...stuck(sides, age), ...stockOf(sides, age)];
    case 'COMPLETED':
    case 'FULFILLED':
      return age < GRACE_SECONDS ? [] : [...stockOf(sides, age), ...moneyOf(sides, now)];
    case 'CANCELLED':
      return age < GRACE_SECONDS ? [] : stockOfCancelled(sides, now);
    case 'NEEDS_ATTENTION':
      return age < attentionSeconds ? [] : [parked(order)];
  }
}

function stuck({ order, payment }: OrderSides, age: number): Detected[] {
  const { orderId, version, status, saga } = order;
  if (age < STUCK_SECONDS) return [];
  const execution = saga?.execution ?? 'NOT_STARTED';
  const isUntold =
    status === 'CONFIRMED' && execution === 'SUCCEEDED' && payment?.status === 'CAPTURED';
  const isWaiting = execution === 'RUNNING' || (execution === 'SUCCEEDED' && !isUntold);
  const effects = {
    SUCCEEDED: 'Completes the order: its stock is taken and its money is ours.',
    NOT_STARTED:
      'Starts the saga that was never started; its name makes a second start the same execution.',
    FAILED: 'Compensates: gives back the money, releases the stock, and cancels the order.',
    TIMED_OUT: 'Compensates: gives back the money, releases the stock, and cancels the order.',
    ABORTED: 'Compensates: gives back the money, releases the stock, and cancels the order.',
    FORGOTTEN:
      'Compensates by a saga of its own: gives back the money, releases the stock, and cancels the order. Look first whether the goods were sent.',
  } as const;
  const whys = {
    NOT_STARTED: 'its saga was never started',
    RUNNING: 'its saga still runs, and waits for something; it ends by itself within an hour',
    SUCCEEDED: isUntold
      ? 'its saga has captured the money, but PaymentCaptured has not come to orders'
      : 'its saga has ended well, so the order should be at rest: look at its timeline',
    FAILED: 'its saga has failed',
    TIMED_OUT: 'its saga has timed out',
    ABORTED: 'its saga was stopped',
    FORGOTTEN:
      'its saga is so old that Step Functions no longer keeps it, so what became of it is not known',
  } as const;
  return [
    {
      kind: 'SAGA_STUCK',
      ...ofOrder({ order, reservation: undefined, payment: undefined }),
      expected: `at rest within ${STUCK_SECONDS / 60} minutes`,
      actual: { status, execution },
      difference: null,
      units: 0,
      explanation: `Order ${orderId} has been ${status} since ${order.since}: ${whys[execution]}.`,
      ...(isWaiting
        ? {}
        : repairOf({ action: 'resumeOrder', orderId, version }, effects[execution], {
            isSafe: execution !== 'FORGOTTEN',
          })),
    },
  ];
}

const parked = (order: OrderAudit): Detected => ({
  kind: 'ORDER_NEEDS_ATTENTION',
  ...ofOrder({ order, reservation: undefined, payment: undefined }),
  expected: 'resumed within a day',
  actual: { status: order.status },
  difference: null,
  units: 0,
  explanation: `Order ${order.orderId} could not be undone wholly and has waited for a person since ${order.since}; its timeline says what failed.`,
  ...repairOf(
    { action: 'resumeOrder', orderId: order.orderId, version: order.version },
    'Runs its compensation again; each part that was done before is not done twice.',
  ),
});
