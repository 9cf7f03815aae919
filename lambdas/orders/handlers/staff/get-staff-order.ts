import { OrderPath } from '../../../contracts/orders-api.ts';
import { httpHandler, ok } from '../../../shared/http/http-handler.ts';
import { noSuchOrder } from '../../../shared/http/order-problems.ts';
import { toStaffOrderDetail } from '../../presenters/order-views.ts';
import { getStaffOrder } from '../../use-cases/staff-orders.ts';
import { inventory, orderStore, payments } from '../../wiring.ts';

const ports = { orders: orderStore(), reservations: inventory(), payments: payments() };

export const handler = httpHandler({
  path: OrderPath,
  run: ({ path, correlationId }) => getStaffOrder(ports, { ...path, correlationId }),
  respond: (found, { now }) => ok(toStaffOrderDetail(found, now)),
  refusals: { notFound: noSuchOrder },
});
