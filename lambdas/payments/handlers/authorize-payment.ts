import { AuthorizePaymentCommand } from '../../contracts/payment-commands.ts';
import { PaymentError } from '../../contracts/saga-errors.ts';
import { taskHandler } from '../../shared/events/task-handler.ts';
import { authorizePayment } from '../use-cases/authorize-payment.ts';
import { paymentPorts } from '../wiring.ts';

const ports = await paymentPorts();

export const handler = taskHandler({
  command: AuthorizePaymentCommand,
  run: (command, now) => authorizePayment(ports, command, now),
  errors: {
    declined: PaymentError.declined,
    requiresAction: PaymentError.requiresAction,
    outcomeUnknown: PaymentError.outcomeUnknown,
  },
});
