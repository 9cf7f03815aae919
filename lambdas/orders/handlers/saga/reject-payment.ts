import { FailedStepCommand } from '../../../contracts/order-commands.ts';
import { OrderError, PaymentError } from '../../../contracts/saga-errors.ts';
import { randomId } from '../../../shared/core/random-id.ts';
import { taskHandler } from '../../../shared/events/task-handler.ts';
import { awaitAction } from '../../use-cases/saga/payment-events.ts';
import { errorCodeOf } from '../../use-cases/saga/saga-error.ts';
import { rejectPayment } from '../../use-cases/saga/saga-steps.ts';
import { customerHoldStore, holdCaps, inventory, orderStore } from '../../wiring.ts';

const ports = { orders: orderStore(), customers: customerHoldStore(), inventory: inventory() };
const caps = holdCaps();

export const handler = taskHandler({
  command: FailedStepCommand,
  run: ({ error, ...command }, now) =>
    error.Error === PaymentError.requiresAction
      ? awaitAction(ports, { ...command, claimId: randomId(), caps, now })
      : rejectPayment(ports, { ...command, code: errorCodeOf(error) ?? 'declined', now }),
  errors: { notFound: OrderError.notFound, unexpectedStatus: OrderError.unexpectedStatus },
});
