import * as routes from '../../../contracts/routes/order-routes.ts';
import { httpHandler, okResponse } from '../../../shared/http/http-handler.ts';
import { orderNotFound } from '../../../shared/http/problems.ts';
import { toStaffOrderDetailView } from '../../presenters/order-views.ts';
import { getStaffOrder } from '../../use-cases/staff/staff-orders.ts';
import { inventory, orderStore, payments } from '../../wiring.ts';

const ports = { orders: orderStore(), reservations: inventory(), payments: payments() };

export const handler = httpHandler(routes.getStaffOrder, {
  run: ({ params, correlationId }) => getStaffOrder(ports, { ...params, correlationId }),
  respond: (found, { now }) => okResponse(toStaffOrderDetailView(found, now)),
  errors: { notFound: orderNotFound },
});
