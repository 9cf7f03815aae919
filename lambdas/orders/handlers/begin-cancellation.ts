import { FailedStepCommand } from '../../contracts/order-commands.ts';
import { taskHandler } from '../../shared/task-handler.ts';
import { reasonOf } from '../use-cases/saga-error.ts';
import { beginCancellation } from '../use-cases/saga-steps.ts';
import { orderStore } from '../wiring.ts';

const ports = { orders: orderStore() };

export const handler = taskHandler({
  command: FailedStepCommand,
  run: ({ error, ...command }, now) => beginCancellation(ports, { ...command, reason: reasonOf(error), now }),
  errors: {
    notFound: 'OrderNotFound',
    outOfStep: 'OrderOutOfStep',
    alreadyCompleted: 'OrderAlreadyCompleted',
  },
});
