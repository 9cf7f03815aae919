import { OrderStepCommand } from '../../../contracts/order-commands.ts';
import { OrderError } from '../../../contracts/saga-errors.ts';
import { taskHandler } from '../../../shared/events/task-handler.ts';
import { releaseStock } from '../../use-cases/saga/saga-steps.ts';
import { inventory } from '../../wiring.ts';

const ports = { inventory: inventory() };

export const handler = taskHandler({
  command: OrderStepCommand,
  run: (command, now) => releaseStock(ports, { ...command, now }),
  errors: { alreadyFulfilled: OrderError.stockAlreadyFulfilled },
});
