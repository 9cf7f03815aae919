import * as routes from '../../../contracts/routes/order-routes.ts';
import { httpHandler, okResponse } from '../../../shared/http/http-handler.ts';
import { orderNotFound } from '../../../shared/http/problems.ts';
import { toOrderDetailView } from '../../presenters/order-views.ts';
import { getOrder } from '../../use-cases/read-orders.ts';
import { orderStore, payments } from '../../wiring.ts';

const ports = { orders: orderStore(), payments: payments() };

export const handler = httpHandler(routes.getOrder, {
  run: ({ params, caller, correlationId }) =>
    getOrder(ports, { ...params, customerId: caller.id, correlationId }),
  respond: (found, { now }) => okResponse(toOrderDetailView(found, now)),
  errors: { notFound: orderNotFound },
});
