import { LIST_ITEMS_MAX } from '../../../contracts/primitives.ts';
import * as routes from '../../../contracts/routes/order-routes.ts';
import { httpHandler, okResponse } from '../../../shared/http/http-handler.ts';
import { eraseCustomer } from '../../use-cases/staff/erase-customer.ts';
import { customerHoldStore, orderStore } from '../../wiring.ts';

const ports = { orders: orderStore(), customers: customerHoldStore() };

export const handler = httpHandler(routes.eraseCustomer, {
  run: ({ params, body, now }) =>
    eraseCustomer(ports, { ...params, ...body, limit: LIST_ITEMS_MAX, now }),
  respond: (erasure) => okResponse(erasure),
  errors: {},
});
