import { ConfirmOrderCommand } from '../../../contracts/order-commands.ts';
import { OrderError } from '../../../contracts/saga-errors.ts';
import { taskHandler } from '../../../shared/events/task-handler.ts';
import { confirmOrder } from '../../use-cases/saga/saga-steps.ts';
import { orderStore, sagaCallback } from '../../wiring.ts';

const ports = { orders: orderStore(), callback: sagaCallback() };

export const handler = taskHandler({
  command: ConfirmOrderCommand,
  run: (command, now) => confirmOrder(ports, { ...command, now }),
  errors: { notFound: OrderError.notFound, unexpectedStatus: OrderError.unexpectedStatus },
});
