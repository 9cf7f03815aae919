import { ReversePaymentCommand } from '../../contracts/payment-commands.ts';
import { PaymentError } from '../../contracts/saga-errors.ts';
import { taskHandler } from '../../shared/events/task-handler.ts';
import { reversePayment } from '../use-cases/reverse-payment.ts';
import { metrics, paymentPorts } from '../wiring.ts';

const ports = await paymentPorts();

export const handler = taskHandler({
  command: ReversePaymentCommand,
  run: (command, now) => reversePayment(ports, command, now),
  metrics: {
    writer: metrics(),
    errors: { refundFailed: 'RefundAttemptsFailed', outcomeUnknown: 'RefundAttemptsFailed' },
  },
  errors: { refundFailed: PaymentError.refundFailed, outcomeUnknown: PaymentError.outcomeUnknown },
});
