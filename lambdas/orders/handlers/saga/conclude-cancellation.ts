import { ConcludeCancellationCommand } from '../../../contracts/order-commands.ts';
import { OrderError } from '../../../contracts/saga-errors.ts';
import { taskHandler } from '../../../shared/events/task-handler.ts';
import { concludeCancellation } from '../../use-cases/saga/saga-steps.ts';
import { orderStore } from '../../wiring.ts';

const ports = { orders: orderStore() };

export const handler = taskHandler({
  command: ConcludeCancellationCommand,
  run: (command, now) => concludeCancellation(ports, { ...command, now }),
  errors: { notFound: OrderError.notFound, unexpectedStatus: OrderError.unexpectedStatus },
});
