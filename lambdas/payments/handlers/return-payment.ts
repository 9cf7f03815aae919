import { PaymentError, ReturnPaymentCommand } from '../../contracts/payment-commands.ts';
import { taskHandler } from '../../shared/events/task-handler.ts';
import { returnPayment } from '../use-cases/return-payment.ts';
import { metrics, paymentPorts } from '../wiring.ts';

const ports = await paymentPorts();

export const handler = taskHandler({
  command: ReturnPaymentCommand,
  run: (command, now) => returnPayment(ports, command, now),
  counted: {
    metrics: metrics(),
    refusals: { refundFailed: 'RefundTriesFailed', outcomeUnknown: 'RefundTriesFailed' },
  },
  errors: { refundFailed: PaymentError.refundFailed, outcomeUnknown: PaymentError.outcomeUnknown },
});
