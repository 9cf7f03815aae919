import * as routes from '../../../contracts/routes/audit-routes.ts';
import { httpHandler, okResponse } from '../../../shared/http/http-handler.ts';
import { auditOrders } from '../../use-cases/staff/audit-orders.ts';
import { orderStore, sagas } from '../../wiring.ts';

const ports = { orders: orderStore(), sagas: sagas() };

export const handler = httpHandler(routes.auditOrders, {
  run: ({ query, now }) => auditOrders(ports, query, now),
  respond: okResponse,
  errors: {},
});
