import { OrderPath } from '../../contracts/orders-api.ts';
import { httpHandler, ok } from '../../shared/http-handler.ts';
import { noSuchOrder } from '../../shared/order-problems.ts';
import { getOrder } from '../use-cases/read-orders.ts';
import { toOrderView } from '../use-cases/views.ts';
import { orderStore } from '../wiring.ts';

const orders = orderStore();

export const handler = httpHandler({
  path: OrderPath,
  run: ({ path, caller }) => getOrder(orders, { orderId: path.orderId, customerId: caller.id }),
  respond: (order, { now }) => ok(toOrderView(order, now)),
  refusals: { notFound: noSuchOrder },
});
