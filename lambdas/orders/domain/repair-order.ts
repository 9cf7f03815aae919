import type { SagaExecutionStatus } from '../../contracts/api/audit.ts';
import type { OrderStatus } from '../../contracts/api/orders.ts';
import type { Instant } from '../../shared/core/instant.ts';
import { err } from '../../shared/core/result.ts';
import { replayOf, resumptionChange } from './customer-steps.ts';
import { type Decision, type KeyReused, toChangedOrder, toUnchangedOrder } from './decision.ts';
import { applyOrderChange, type Order, type Saga } from './order.ts';
import { decideComplete } from './saga-steps.ts';

export type RepairCommand = {
  readonly operationId: string;
  readonly fingerprint: string;
  readonly findingId: string;
  /** Version of the order at the audit. */
  readonly version: number;
  readonly action: 'resume' | 'cancel';
  /** Status of the execution of the order's saga. */
  readonly executionStatus: SagaExecutionStatus;
  readonly now: Instant;
};

export type RepairError =
  | KeyReused
  | { readonly kind: 'versionConflict' }
  | { readonly kind: 'sagaRunning' }
  | { readonly kind: 'notResumable'; readonly orderStatus: OrderStatus }
  | { readonly kind: 'alreadyFulfilled' };

/**
 * Resumes an order's saga, or cancels a completed order. Only while the order is at the audited
 * version.
 */
export function decideRepair(order: Order, command: RepairCommand): Decision<RepairError> {
  const replay = replayOf(order, command);
  if (replay !== undefined) return replay;
  if (order.version !== command.version) return err({ kind: 'versionConflict' });
  return command.action === 'resume' ? resume(order, command) : cancel(order, command);
}

function resume(order: Order, command: RepairCommand): Decision<RepairError> {
  const { status } = order;
  switch (status) {
    case 'NEEDS_ATTENTION':
      return compensate(order, command, `resumed by repair ${command.findingId}`);
    case 'PAYING':
    case 'CONFIRMED':
    case 'CANCELLING':
      return resumeSaga(order, command);
    case 'PENDING_PAYMENT':
    case 'COMPLETED':
    case 'FULFILLED':
    case 'CANCELLED':
      return err({ kind: 'notResumable', orderStatus: status });
  }
}

/** Resumes an order that a saga works on, by the status of the saga's execution. */
function resumeSaga(order: Order, command: RepairCommand): Decision<RepairError> {
  const { status, saga } = order;
  const { executionStatus, findingId } = command;
  if (executionStatus === 'RUNNING') return err({ kind: 'sagaRunning' });
  if (executionStatus === 'SUCCEEDED') return complete(order, command);
  if (executionStatus !== 'NOT_STARTED' || saga === undefined)
    return compensate(order, command, `resumed by repair ${findingId}`);
  const reason = `saga started by repair ${findingId}`;
  return toChangedOrder(
    applyOrderChange(order, resumptionChange(order, command, status, saga), command.now, reason),
  );
}

/**
 * Completes a CONFIRMED order whose saga succeeded. The saga succeeds only with a capture, so the
 * PaymentCaptured event was lost.
 */
function complete(order: Order, command: RepairCommand): Decision<RepairError> {
  const decision = decideComplete(
    { ...order, ...resumptionChange(order, command, 'COMPLETED') },
    {
      attempt: order.payment?.attempt ?? 0,
      now: command.now,
      reason: `completed by repair ${command.findingId}`,
    },
  );
  return decision.ok ? decision : err({ kind: 'notResumable', orderStatus: order.status });
}

/** Compensates in a new execution, because an execution that ended cannot be started again. */
function compensate(order: Order, command: RepairCommand, reason: string): Decision<never> {
  const saga: Saga = { machine: 'cancel', name: `${order.orderId}-resume-${order.version}` };
  const change = {
    status: 'CANCELLING',
    ...resumptionChange(order, command, 'CANCELLING', saga),
  } as const;
  return toChangedOrder(applyOrderChange(order, change, command.now, reason));
}

function cancel(order: Order, command: RepairCommand): Decision<RepairError> {
  switch (order.status) {
    case 'COMPLETED': {
      const saga: Saga = { machine: 'cancel', name: `${order.orderId}-cancel-${order.version}` };
      const change = {
        status: 'CANCELLING',
        ...resumptionChange(order, command, 'CANCELLING', saga),
      } as const;
      return toChangedOrder(
        applyOrderChange(order, change, command.now, `cancelled by repair ${command.findingId}`),
      );
    }
    case 'CANCELLING':
    case 'CANCELLED':
      return toUnchangedOrder(order);
    case 'FULFILLED':
      return err({ kind: 'alreadyFulfilled' });
    case 'PENDING_PAYMENT':
    case 'PAYING':
    case 'CONFIRMED':
    case 'NEEDS_ATTENTION':
      return err({ kind: 'sagaRunning' });
  }
}
