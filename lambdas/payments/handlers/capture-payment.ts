import { PaymentRef } from '../../contracts/payment-commands.ts';
import { PaymentError } from '../../contracts/saga-errors.ts';
import { taskHandler } from '../../shared/events/task-handler.ts';
import { capturePayment } from '../use-cases/capture-payment.ts';
import { paymentPorts } from '../wiring.ts';

const ports = await paymentPorts();

export const handler = taskHandler({
  command: PaymentRef,
  run: (command, now) => capturePayment(ports, command, now),
  errors: {
    captureFailed: PaymentError.captureFailed,
    outcomeUnknown: PaymentError.outcomeUnknown,
  },
});
