import { StaffOrdersQuery } from '../../contracts/orders-api.ts';
import { httpHandler, ok } from '../../shared/http-handler.ts';
import { toPageView } from '../../shared/page.ts';
import { listStaffOrders } from '../use-cases/staff-orders.ts';
import { toStaffOrderView } from '../use-cases/views.ts';
import { orderStore } from '../wiring.ts';

const orders = orderStore();

export const handler = httpHandler({
  query: StaffOrdersQuery,
  run: ({ query }) => listStaffOrders(orders, query),
  respond: (page, { now }) => ok(toPageView(page, (order) => toStaffOrderView(order, now))),
  refusals: {},
});
