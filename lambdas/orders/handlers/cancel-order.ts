import { OrderPath } from '../../contracts/orders-api.ts';
import { NoBody } from '../../contracts/primitives.ts';
import { accepted, httpHandler, ok } from '../../shared/http-handler.ts';
import { noSuchOrder } from '../../shared/order-problems.ts';
import { conflict, idempotencyKeyReused } from '../../shared/problem.ts';
import { cancelOrder } from '../use-cases/cancel-order.ts';
import { toAnswerView } from '../use-cases/views.ts';
import { customerHoldStore, inventory, orderStore, sagas } from '../wiring.ts';

const SAGA_RETRY_AFTER_SECONDS = 5;
const ports = {
  orders: orderStore(),
  customers: customerHoldStore(),
  inventory: inventory(),
  sagas: sagas(),
};

export const handler = httpHandler({
  path: OrderPath,
  body: NoBody,
  isBodyOptional: true,
  idempotent: true,
  run: ({ path, caller, idempotency, correlationId, now }) =>
    cancelOrder(ports, { ...idempotency, orderId: path.orderId, customerId: caller.id, correlationId, now }),
  respond: (order, { idempotency }) => {
    const answer = toAnswerView(order, idempotency.operationId);
    return (answer.status === 'CANCELLING' ? accepted : ok)(answer);
  },
  refusals: {
    notFound: noSuchOrder,
    inProgress: conflict('ORDER_IN_PROGRESS', {
      detail: 'The order is being worked on. Try again when it has come to rest.',
      retryAfterSeconds: SAGA_RETRY_AFTER_SECONDS,
    }),
    alreadyFulfilled: conflict('ALREADY_FULFILLED', {
      detail: 'The goods have left; the order cannot be cancelled.',
    }),
    keyReused: idempotencyKeyReused,
  },
});
