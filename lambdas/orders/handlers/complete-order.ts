import { OrderStepCommand } from '../../contracts/order-commands.ts';
import { taskHandler } from '../../shared/task-handler.ts';
import { completeOrder } from '../use-cases/saga-steps.ts';
import { orderStore } from '../wiring.ts';

const ports = { orders: orderStore() };

export const handler = taskHandler({
  command: OrderStepCommand,
  run: (command, now) => completeOrder(ports, { ...command, now }),
  errors: { notFound: 'OrderNotFound', outOfStep: 'OrderOutOfStep' },
});
