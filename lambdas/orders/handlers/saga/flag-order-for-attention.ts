import { FlagOrderForAttentionCommand } from '../../../contracts/order-commands.ts';
import { OrderError } from '../../../contracts/saga-errors.ts';
import { taskHandler } from '../../../shared/events/task-handler.ts';
import { attentionReasonOf, paymentStatusOf } from '../../use-cases/saga/saga-error.ts';
import { flagOrderForAttention } from '../../use-cases/saga/saga-steps.ts';
import { orderStore } from '../../wiring.ts';

const ports = { orders: orderStore() };

export const handler = taskHandler({
  command: FlagOrderForAttentionCommand,
  run: (command, now) =>
    flagOrderForAttention(ports, {
      ...command,
      reason: attentionReasonOf(command),
      paymentStatus: paymentStatusOf(command),
      now,
    }),
  errors: { notFound: OrderError.notFound, unexpectedStatus: OrderError.unexpectedStatus },
});
