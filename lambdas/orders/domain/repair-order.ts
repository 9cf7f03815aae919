import type { Instant } from '../../shared/core/instant.ts';
import { refused } from '../../shared/core/result.ts';
import { rememberingRound, repeatOf } from './customer-steps.ts';
import { type Decision, type KeyReused, toChanged, unchanged } from './decision.ts';
import { changed, type Order, type OrderStatus, type Saga } from './order.ts';
import { decideComplete } from './saga-steps.ts';

/** What has become of a saga's execution. */
export type SagaExecution =
  | 'NOT_STARTED'
  | 'RUNNING'
  | 'SUCCEEDED'
  | 'FAILED'
  | 'TIMED_OUT'
  | 'ABORTED'
  /** It is so old that Step Functions may no longer know it: it must not be started under its name. */
  | 'FORGOTTEN';

export type RepairOrder = {
  readonly operationId: string;
  readonly fingerprint: string;
  readonly findingId: string;
  /** Of the order, as it was audited. */
  readonly version: number;
  readonly action: 'resume' | 'cancel';
  /** Of the order's saga. */
  readonly execution: SagaExecution;
  readonly now: Instant;
};

export type RepairRefusal =
  | KeyReused
  | { readonly kind: 'movedOn' }
  | { readonly kind: 'sagaRunning' }
  | { readonly kind: 'notResumable'; readonly orderStatus: OrderStatus }
  | { readonly kind: 'alreadyFulfilled' };

/** The reconciler's command: the saga goes on, compensates or is made good, or a completed order is cancelled; only while the order is what was audited. */
export function decideRepair(order: Order, command: RepairOrder): Decision<RepairRefusal> {
  const repeat = repeatOf(order, command);
  if (repeat !== undefined) return repeat;
  if (order.version !== command.version) return refused({ kind: 'movedOn' });
  return command.action === 'resume' ? resume(order, command) : cancel(order, command);
}

function resume(order: Order, command: RepairOrder): Decision<RepairRefusal> {
  const { status, saga } = order;
  const { execution, findingId } = command;
  switch (status) {
    case 'NEEDS_ATTENTION':
      return compensate(order, command, `resumed by repair ${findingId}`);
    case 'PAYING':
    case 'CONFIRMED':
    case 'CANCELLING':
      break;
    case 'PENDING_PAYMENT':
    case 'COMPLETED':
    case 'FULFILLED':
    case 'CANCELLED':
      return refused({ kind: 'notResumable', orderStatus: status });
  }
  if (execution === 'RUNNING') return refused({ kind: 'sagaRunning' });
  if (execution === 'SUCCEEDED') return complete(order, command);
  if (execution !== 'NOT_STARTED' || saga === undefined)
    return compensate(order, command, `resumed by repair ${findingId}`);
  const reason = `saga started by repair ${findingId}`;
  return toChanged(
    changed(order, rememberingRound(order, command, status, saga), command.now, reason),
  );
}

/** The saga of a CONFIRMED order ends well with the capture and no other way: what was lost is the event that tells of it. */
function complete(order: Order, command: RepairOrder): Decision<RepairRefusal> {
  const decision = decideComplete(
    { ...order, ...rememberingRound(order, command, 'COMPLETED') },
    {
      attempt: order.payment?.attempt ?? 0,
      now: command.now,
      reason: `completed by repair ${command.findingId}`,
    },
  );
  return decision.ok ? decision : refused({ kind: 'notResumable', orderStatus: order.status });
}

/** An execution of its own: one that has ended cannot be started again under its name. */
function compensate(order: Order, command: RepairOrder, reason: string): Decision<never> {
  const saga: Saga = { machine: 'cancel', name: `${order.orderId}-resume-${order.version}` };
  const change = {
    status: 'CANCELLING',
    ...rememberingRound(order, command, 'CANCELLING', saga),
  } as const;
  return toChanged(changed(order, change, command.now, reason));
}

function cancel(order: Order, command: RepairOrder): Decision<RepairRefusal> {
  switch (order.status) {
    case 'COMPLETED': {
      const saga: Saga = { machine: 'cancel', name: `${order.orderId}-cancel-${order.version}` };
      const change = {
        status: 'CANCELLING',
        ...rememberingRound(order, command, 'CANCELLING', saga),
      } as const;
      return toChanged(
        changed(order, change, command.now, `cancelled by repair ${command.findingId}`),
      );
    }
    case 'CANCELLING':
    case 'CANCELLED':
      return unchanged(order);
    case 'FULFILLED':
      return refused({ kind: 'alreadyFulfilled' });
    case 'PENDING_PAYMENT':
    case 'PAYING':
    case 'CONFIRMED':
    case 'NEEDS_ATTENTION':
      return refused({ kind: 'sagaRunning' });
  }
}
