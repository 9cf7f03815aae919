import * as routes from '../../../contracts/routes/order-routes.ts';
import { toPageView } from '../../../shared/core/page.ts';
import { httpHandler, okResponse } from '../../../shared/http/http-handler.ts';
import { toOrderView } from '../../presenters/order-views.ts';
import { listOrders } from '../../use-cases/read-orders.ts';
import { orderStore } from '../../wiring.ts';

const orders = orderStore();

export const handler = httpHandler(routes.listOrders, {
  run: ({ query, caller }) => listOrders(orders, caller.id, query),
  respond: (page, { now }) => okResponse(toPageView(page, (order) => toOrderView(order, now))),
  errors: {},
});
