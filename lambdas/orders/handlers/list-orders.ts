import { ListQuery } from '../../contracts/primitives.ts';
import { httpHandler, ok } from '../../shared/http-handler.ts';
import { toPageView } from '../../shared/page.ts';
import { listOrders } from '../use-cases/read-orders.ts';
import { toOrderView } from '../use-cases/views.ts';
import { orderStore } from '../wiring.ts';

const orders = orderStore();

export const handler = httpHandler({
  query: ListQuery,
  run: ({ query, caller }) => listOrders(orders, caller.id, query),
  respond: (page, { now }) => ok(toPageView(page, (order) => toOrderView(order, now))),
  refusals: {},
});
