import { PlaceOrderRequest } from '../../contracts/orders-api.ts';
import { created, httpHandler } from '../../shared/http-handler.ts';
import { conflict, idempotencyKeyReused, invalid, tooMany } from '../../shared/problem.ts';
import { insufficientStock, unknownSku } from '../../shared/stock-problems.ts';
import { placeOrder } from '../use-cases/place-order.ts';
import { toPlacedView } from '../use-cases/views.ts';
import { customerHoldStore, holdCaps, holdSeconds, inventory, orderStore, productStore } from '../wiring.ts';

const ports = {
  orders: orderStore(),
  products: productStore(),
  customers: customerHoldStore(),
  inventory: inventory(),
};
const caps = holdCaps();
const hold = holdSeconds();

export const handler = httpHandler({
  body: PlaceOrderRequest,
  idempotent: true,
  run: ({ body, caller, idempotency, correlationId, now }) =>
    placeOrder(ports, {
      ...idempotency,
      orderId: `ord_${idempotency.operationId}`,
      customerId: caller.id,
      lines: body.lines,
      holdSeconds: hold,
      caps,
      correlationId,
      now,
    }),
  respond: (order) => created(toPlacedView(order)),
  refusals: {
    insufficientStock,
    unknownSku,
    mixedCurrencies: invalid('VALIDATION_FAILED', {
      detail: 'An order has one currency.',
      shows: ['errors'],
    }),
    reservationExpired: conflict('RESERVATION_EXPIRED', {
      detail: 'The hold of the first try is over and its stock is gone. Order again with a new key.',
    }),
    tooManyHolds: tooMany('TOO_MANY_HOLDS', {
      detail: 'You hold as much as one customer may. Pay for an order, cancel one, or wait until one lapses.',
    }),
    aboveCap: invalid('VALIDATION_FAILED', {
      detail: 'The order has more units than one customer may hold.',
      shows: ['errors'],
    }),
    keyReused: idempotencyKeyReused,
  },
});
