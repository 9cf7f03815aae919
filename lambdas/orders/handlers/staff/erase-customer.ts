import { CustomerPath, EraseCustomerRequest } from '../../../contracts/orders-api.ts';
import { LIST_ITEMS_MAX } from '../../../contracts/primitives.ts';
import { httpHandler, okResponse } from '../../../shared/http/http-handler.ts';
import { eraseCustomer } from '../../use-cases/erase-customer.ts';
import { customerHoldStore, orderStore } from '../../wiring.ts';

const ports = { orders: orderStore(), customers: customerHoldStore() };

export const handler = httpHandler({
  path: CustomerPath,
  body: EraseCustomerRequest,
  idempotent: true,
  run: ({ path, body, now }) =>
    eraseCustomer(ports, { ...path, ...body, limit: LIST_ITEMS_MAX, now }),
  respond: (erasure) => okResponse(erasure),
  errors: {},
});
