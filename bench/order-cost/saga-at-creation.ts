import { addCosts, multiplyCost, type OrderCost } from './cost.ts';
import { USD } from './prices.ts';

/**
 * What the same flow would cost if its saga were started as the order is placed, as the samples do, and not as it is paid. Computed from
 * what was counted here, by this rule:
 *
 * - Every order placed, paid or not, enters one state more: it waits for the payment with a task token. A function keeps the token in the
 *   order (an invocation, a write of the order, and the stream's consumer looks at it).
 * - Of an abandoned order that wait times out, and the saga ends what it began: it enters ReleaseStock and ConcludeCancellation, which do
 *   what cancelling an unpaid order does. The customer's request of that is not made.
 * - The leanest form trusts in holds that lapse by themselves, as ours does: after the wait it enters only a state in which it ends.
 */
export const SAGA_AT_CREATION = {
  everyOrder: ['WaitForPayment'],
  abandoned: ['ReleaseStock', 'ConcludeCancellation'],
  abandonedLeanest: ['Expired'],
} as const;

const MILLION = 1e6;
/** The function that keeps the token, and the one that gets the order's change. */
const WAIT_INVOCATIONS = 2;

export type SagaAtCreationInput = {
  readonly completed: OrderCost;
  readonly abandoned: OrderCost;
  readonly cancelledUnpaid: OrderCost;
  /** Of one write of an order that has a token in it. */
  readonly orderWriteUnits: number;
};

/** USD for a million orders that are completed, and a million that are abandoned. */
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

/** A million completed orders, and what is abandoned beside them, where so large a share of all that are placed is. */
export const addAbandoned = (
  completed: OrderCost,
  abandoned: OrderCost,
  abandonedShare: number,
): OrderCost => addCosts(completed, multiplyCost(abandoned, abandonedShare / (1 - abandonedShare)));
