import { addCosts, multiplyCost, type OrderCost } from './cost.ts';
import { USD } from './prices.ts';

/**
 * Estimates the cost of the same flow if its saga were started when the order is placed, as in
 * AWS's samples, instead of when it is paid. Computed from the counted figures by this rule:
 *
 * - Every order placed, paid or not, enters one more state: it waits for the payment with a task
 *   token. A function stores the token in the order (an invocation, a write of the order, and the
 *   stream's consumer reads it).
 * - For an abandoned order that wait times out, and the saga ends what it began: it enters
 *   ReleaseStock and ConcludeCancellation, which do what cancelling an unpaid order does, without
 *   the customer's request.
 * - The leanest form relies on holds that expire by themselves, as ours do: after the wait it
 *   enters only an end state.
 */
export const SAGA_AT_CREATION = {
  everyOrder: ['WaitForPayment'],
  abandoned: ['ReleaseStock', 'ConcludeCancellation'],
  abandonedLeanest: ['Expired'],
} as const;

const MILLION = 1e6;
/** The function that stores the token, and the one that consumes the order's change. */
const WAIT_INVOCATIONS = 2;

export type SagaAtCreationInput = {
  readonly completed: OrderCost;
  readonly abandoned: OrderCost;
  readonly cancelledUnpaid: OrderCost;
  /** Write units of one write of an order that contains a token. */
  readonly orderWriteUnits: number;
};

/** Returns USD for a million completed orders and for a million abandoned orders. */
export function estimateSagaAtCreation({
  completed,
  abandoned,
  cancelledUnpaid,
  orderWriteUnits,
}: SagaAtCreationInput) {
  const transitions = (bill: OrderCost, states: readonly string[]): OrderCost =>
    addPart(bill, { 'Step Functions': states.length * USD.perTransition * MILLION });
  const waiting = (bill: OrderCost): OrderCost =>
    addPart(transitions(bill, SAGA_AT_CREATION.everyOrder), {
      'DynamoDB writes': orderWriteUnits * USD.perWriteUnit * MILLION,
      'Lambda requests': WAIT_INVOCATIONS * USD.perInvocation * MILLION,
    });
  const cancelling = addPart(cancelledUnpaid, { HTTP: -USD.perHttpRequest * MILLION });
  return {
    completed: waiting(completed),
    abandoned: transitions(addCosts(waiting(abandoned), cancelling), SAGA_AT_CREATION.abandoned),
    abandonedLeanest: transitions(waiting(abandoned), SAGA_AT_CREATION.abandonedLeanest),
  };
}

const addPart = (bill: OrderCost, more: Partial<OrderCost>): OrderCost =>
  addCosts(bill, { ...multiplyCost(bill, 0), ...more });

/**
 * Returns the cost of a million completed orders plus the abandoned ones, which are the given share
 * of all placed orders.
 */
export const addAbandoned = (
  completed: OrderCost,
  abandoned: OrderCost,
  abandonedShare: number,
): OrderCost => addCosts(completed, multiplyCost(abandoned, abandonedShare / (1 - abandonedShare)));
