import * as routes from '../../../contracts/routes/order-routes.ts';
import { toPageView } from '../../../shared/core/page.ts';
import { httpHandler, okResponse } from '../../../shared/http/http-handler.ts';
import { toStaffOrderView } from '../../presenters/order-views.ts';
import { listStaffOrders } from '../../use-cases/staff/staff-orders.ts';
import { orderStore } from '../../wiring.ts';

const orders = orderStore();

export const handler = httpHandler(routes.listStaffOrders, {
  run: ({ query }) => listStaffOrders(orders, query),
  respond: (page, { now }) => okResponse(toPageView(page, (order) => toStaffOrderView(order, now))),
  errors: {},
});
