import * as routes from '../../../contracts/routes/order-routes.ts';
import { acceptedResponse, httpHandler, okResponse } from '../../../shared/http/http-handler.ts';
import { cancellationProblems } from '../../../shared/http/problems.ts';
import { toOrderStatusView } from '../../presenters/order-views.ts';
import { cancelOrder } from '../../use-cases/checkout/cancel-order.ts';
import { customerHoldStore, inventory, orderStore, sagas } from '../../wiring.ts';

const ports = {
  orders: orderStore(),
  customers: customerHoldStore(),
  inventory: inventory(),
  sagas: sagas(),
};

export const handler = httpHandler(routes.cancelOrder, {
  run: ({ params, caller, idempotency, correlationId, now }) =>
    cancelOrder(ports, {
      ...idempotency,
      ...params,
      customerId: caller.id,
      reason: 'cancelled by the customer',
      correlationId,
      now,
    }),
  respond: (order, { idempotency }) => {
    const view = toOrderStatusView(order, idempotency.operationId);
    return (view.status === 'CANCELLING' ? acceptedResponse : okResponse)(view);
  },
  errors: cancellationProblems,
});
