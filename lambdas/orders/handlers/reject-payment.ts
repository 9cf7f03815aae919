import { FailedStepCommand } from '../../contracts/order-commands.ts';
import { taskHandler } from '../../shared/task-handler.ts';
import { awaitAction } from '../use-cases/payment-events.ts';
import { codeOf, nextActionOf } from '../use-cases/saga-error.ts';
import { rejectPayment } from '../use-cases/saga-steps.ts';
import { inventory, orderStore } from '../wiring.ts';

const ports = { orders: orderStore(), inventory: inventory() };

export const handler = taskHandler({
  command: FailedStepCommand,
  run: ({ error, ...command }, now) => {
    const nextAction = nextActionOf(error);
    return nextAction === undefined
      ? rejectPayment(ports, { ...command, code: codeOf(error) ?? 'declined', now })
      : awaitAction(ports, { ...command, nextAction, now });
  },
  errors: { notFound: 'OrderNotFound', outOfStep: 'OrderOutOfStep' },
});
