import { OrderPath } from '../../../contracts/orders-api.ts';
import { NoBody } from '../../../contracts/primitives.ts';
import { accepted, httpHandler, ok } from '../../../shared/http/http-handler.ts';
import { cancelProblems } from '../../../shared/http/order-problems.ts';
import { toAnswerView } from '../../presenters/order-views.ts';
import { cancelOrder } from '../../use-cases/cancel-order.ts';
import { customerHoldStore, inventory, orderStore, sagas } from '../../wiring.ts';

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
    cancelOrder(ports, {
      ...idempotency,
      ...path,
      customerId: caller.id,
      reason: 'cancelled by the customer',
      correlationId,
      now,
    }),
  respond: (order, { idempotency }) => {
    const answer = toAnswerView(order, idempotency.operationId);
    return (answer.status === 'CANCELLING' ? accepted : ok)(answer);
  },
  refusals: cancelProblems,
});
