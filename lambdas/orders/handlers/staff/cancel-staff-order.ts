import * as routes from '../../../contracts/routes/order-routes.ts';
import { acceptedResponse, httpHandler, okResponse } from '../../../shared/http/http-handler.ts';
import { cancellationProblems } from '../../../shared/http/problems.ts';
import { toOrderStatusView } from '../../presenters/order-views.ts';
import { cancelStaffOrder } from '../../use-cases/staff/staff-orders.ts';
import { customerHoldStore, inventory, orderStore, sagas } from '../../wiring.ts';

const ports = {
  orders: orderStore(),
  customers: customerHoldStore(),
  inventory: inventory(),
  sagas: sagas(),
};

export const handler = httpHandler(routes.cancelStaffOrder, {
  run: ({ params, body, idempotency, correlationId, now }) =>
    cancelStaffOrder(ports, { ...idempotency, ...params, ...body, correlationId, now }),
  respond: (order, { idempotency }) => {
    const view = toOrderStatusView(order, idempotency.operationId);
    return (view.status === 'CANCELLING' ? acceptedResponse : okResponse)(view);
  },
  errors: cancellationProblems,
});
