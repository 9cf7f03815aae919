import { OrderPath } from '../../../contracts/orders-api.ts';
import { NoBody } from '../../../contracts/primitives.ts';
import { accepted, httpHandler } from '../../../shared/http/http-handler.ts';
import { noSuchOrder } from '../../../shared/http/order-problems.ts';
import { conflict, idempotencyKeyReused } from '../../../shared/http/problem.ts';
import { toAnswerView } from '../../presenters/order-views.ts';
import { resumeOrder } from '../../use-cases/cancel-order.ts';
import { orderStore, sagas } from '../../wiring.ts';

const ports = { orders: orderStore(), sagas: sagas() };

export const handler = httpHandler({
  path: OrderPath,
  body: NoBody,
  isBodyOptional: true,
  idempotent: true,
  run: ({ path, idempotency, correlationId, now }) =>
    resumeOrder(ports, { ...idempotency, orderId: path.orderId, correlationId, now }),
  respond: (order, { idempotency }) => accepted(toAnswerView(order, idempotency.operationId)),
  refusals: {
    notFound: noSuchOrder,
    notParked: conflict('ORDER_NOT_RESUMABLE', {
      detail: 'Only an order that needs attention can be resumed.',
      shows: ['orderStatus'],
    }),
    keyReused: idempotencyKeyReused,
  },
});
