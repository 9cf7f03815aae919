import { FailedStepCommand } from '../../../contracts/order-commands.ts';
import { OrderError } from '../../../contracts/saga-errors.ts';
import { taskHandler } from '../../../shared/events/task-handler.ts';
import { cancellationReasonOf, compensationMetrics } from '../../use-cases/saga/saga-error.ts';
import { beginCancellation } from '../../use-cases/saga/saga-steps.ts';
import { metrics, orderStore } from '../../wiring.ts';

const ports = { orders: orderStore() };

export const handler = taskHandler({
  command: FailedStepCommand,
  run: ({ error, ...command }, now) =>
    beginCancellation(ports, { ...command, reason: cancellationReasonOf(error), now }),
  metrics: { writer: metrics(), success: ({ error }) => compensationMetrics(error) },
  errors: {
    notFound: OrderError.notFound,
    unexpectedStatus: OrderError.unexpectedStatus,
    alreadyCompleted: OrderError.alreadyCompleted,
  },
});
