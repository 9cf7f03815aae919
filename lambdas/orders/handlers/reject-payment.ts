import { FailedStepCommand } from '../../contracts/order-commands.ts';
import { randomId } from '../../shared/random-id.ts';
import { taskHandler } from '../../shared/task-handler.ts';
import { awaitAction } from '../use-cases/payment-events.ts';
import { codeOf, nextActionOf } from '../use-cases/saga-error.ts';
import { rejectPayment } from '../use-cases/saga-steps.ts';
import { customerHoldStore, holdCaps, inventory, orderStore } from '../wiring.ts';

const ports = { orders: orderStore(), customers: customerHoldStore(), inventory: inventory() };
const caps = holdCaps();

export const handler = taskHandler({
  command: FailedStepCommand,
  run: ({ error, ...command }, now) => {
    const nextAction = nextActionOf(error);
    return nextAction === undefined
      ? rejectPayment(ports, { ...command, code: codeOf(error) ?? 'declined', now })
      : awaitAction(ports, { ...command, nextAction, claimId: randomId(), caps, now });
  },
  errors: { notFound: 'OrderNotFound', outOfStep: 'OrderOutOfStep' },
});
