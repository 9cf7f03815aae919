import { CancelStaffOrderRequest, OrderPath } from '../../../contracts/orders-api.ts';
import { accepted, httpHandler, ok } from '../../../shared/http/http-handler.ts';
import { cancelProblems } from '../../../shared/http/order-problems.ts';
import { toAnswerView } from '../../presenters/order-views.ts';
import { cancelStaffOrder } from '../../use-cases/staff-orders.ts';
import { customerHoldStore, inventory, orderStore, sagas } from '../../wiring.ts';

const ports = {
  orders: orderStore(),
  customers: customerHoldStore(),
  inventory: inventory(),
  sagas: sagas(),
};

export const handler = httpHandler({
  path: OrderPath,
  body: CancelStaffOrderRequest,
  idempotent: true,
  run: ({ path, body, idempotency, correlationId, now }) =>
    cancelStaffOrder(ports, { ...idempotency, ...path, ...body, correlationId, now }),
  respond: (order, { idempotency }) => {
    const answer = toAnswerView(order, idempotency.operationId);
    return (answer.status === 'CANCELLING' ? accepted : ok)(answer);
  },
  refusals: cancelProblems,
});
