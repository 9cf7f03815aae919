import * as routes from '../../../contracts/routes/order-routes.ts';
import { acceptedResponse, httpHandler } from '../../../shared/http/http-handler.ts';
import { conflict, idempotencyKeyReused, orderNotFound } from '../../../shared/http/problems.ts';
import { toOrderStatusView } from '../../presenters/order-views.ts';
import { resumeOrder } from '../../use-cases/checkout/cancel-order.ts';
import { orderStore, sagas } from '../../wiring.ts';

const ports = { orders: orderStore(), sagas: sagas() };

export const handler = httpHandler(routes.resumeOrder, {
  run: ({ params, idempotency, correlationId, now }) =>
    resumeOrder(ports, { ...idempotency, orderId: params.orderId, correlationId, now }),
  respond: (order, { idempotency }) =>
    acceptedResponse(toOrderStatusView(order, idempotency.operationId)),
  errors: {
    notFound: orderNotFound,
    notResumable: conflict('ORDER_NOT_RESUMABLE', {
      detail: 'Only an order that needs attention can be resumed.',
      exposes: ['orderStatus'],
    }),
    keyReused: idempotencyKeyReused,
  },
});
