import { ParkOrderCommand } from '../../../contracts/order-commands.ts';
import { taskHandler } from '../../../shared/events/task-handler.ts';
import { parkingReasonOf, paymentStatusOf } from '../../use-cases/saga-error.ts';
import { parkOrder } from '../../use-cases/saga-steps.ts';
import { orderStore } from '../../wiring.ts';

const ports = { orders: orderStore() };

export const handler = taskHandler({
  command: ParkOrderCommand,
  run: (command, now) =>
    parkOrder(ports, {
      ...command,
      reason: parkingReasonOf(command),
      paymentStatus: paymentStatusOf(command),
      now,
    }),
  errors: { notFound: 'OrderNotFound', outOfStep: 'OrderOutOfStep' },
});
