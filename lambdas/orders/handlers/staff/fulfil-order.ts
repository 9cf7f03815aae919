import * as routes from '../../../contracts/routes/order-routes.ts';
import { httpHandler, okResponse } from '../../../shared/http/http-handler.ts';
import { conflict, idempotencyKeyReused, orderNotFound } from '../../../shared/http/problems.ts';
import { toOrderStatusView } from '../../presenters/order-views.ts';
import { fulfilOrder } from '../../use-cases/checkout/cancel-order.ts';
import { orderStore } from '../../wiring.ts';

const ports = { orders: orderStore() };

export const handler = httpHandler(routes.fulfilOrder, {
  run: ({ params, idempotency, correlationId, now }) =>
    fulfilOrder(ports, { ...idempotency, orderId: params.orderId, correlationId, now }),
  respond: (order, { idempotency }) =>
    okResponse(toOrderStatusView(order, idempotency.operationId)),
  errors: {
    notFound: orderNotFound,
    notCompleted: conflict('ORDER_NOT_COMPLETED', {
      detail: 'Only a completed order can be fulfilled.',
      exposes: ['orderStatus'],
    }),
    keyReused: idempotencyKeyReused,
  },
});
