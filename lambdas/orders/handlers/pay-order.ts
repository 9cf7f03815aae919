import { OrderPath, PayOrderRequest } from '../../contracts/orders-api.ts';
import { accepted, httpHandler } from '../../shared/http-handler.ts';
import { noSuchOrder } from '../../shared/order-problems.ts';
import { conflict, idempotencyKeyReused } from '../../shared/problem.ts';
import { payOrder } from '../use-cases/pay-order.ts';
import { toAnswerView } from '../use-cases/views.ts';
import { inventory, orderStore, sagas } from '../wiring.ts';

const ports = { orders: orderStore(), inventory: inventory(), sagas: sagas() };

export const handler = httpHandler({
  path: OrderPath,
  body: PayOrderRequest,
  idempotent: true,
  run: ({ path, body, caller, idempotency, correlationId, now }) =>
    payOrder(ports, {
      ...idempotency,
      orderId: path.orderId,
      customerId: caller.id,
      paymentMethod: body.paymentMethod,
      correlationId,
      now,
    }),
  respond: (order, { idempotency }) => accepted(toAnswerView(order, idempotency.operationId)),
  refusals: {
    notFound: noSuchOrder,
    reservationExpired: conflict('RESERVATION_EXPIRED', {
      detail: 'The hold is over and its stock is gone.',
    }),
    notPayable: conflict('ORDER_NOT_PAYABLE', {
      detail: 'This order cannot be paid now.',
      shows: ['orderStatus'],
    }),
    keyReused: idempotencyKeyReused,
  },
});
