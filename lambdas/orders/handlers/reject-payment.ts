import { FailedStepCommand } from '../../contracts/order-commands.ts';
import { taskHandler } from '../../shared/task-handler.ts';
import { codeOf } from '../use-cases/saga-error.ts';
import { rejectPayment } from '../use-cases/saga-steps.ts';
import { orderStore } from '../wiring.ts';

const ports = { orders: orderStore() };

export const handler = taskHandler({
  command: FailedStepCommand,
  run: ({ error, ...command }, now) =>
    rejectPayment(ports, { ...command, code: codeOf(error) ?? 'declined', now }),
  errors: { notFound: 'OrderNotFound', outOfStep: 'OrderOutOfStep' },
});
