import { OrderPath, PayOrderRequest } from '../../../contracts/orders-api.ts';
import { randomId } from '../../../shared/core/random-id.ts';
import { accepted, httpHandler } from '../../../shared/http/http-handler.ts';
import { noSuchOrder, tooManyHolds } from '../../../shared/http/order-problems.ts';
import { conflict, idempotencyKeyReused } from '../../../shared/http/problem.ts';
import { toAnswerView } from '../../presenters/order-views.ts';
import { payOrder } from '../../use-cases/pay-order.ts';
import {
  customerHoldStore,
  holdCaps,
  holdSeconds,
  inventory,
  orderStore,
  sagas,
} from '../../wiring.ts';

const ports = {
  orders: orderStore(),
  customers: customerHoldStore(),
  inventory: inventory(),
  sagas: sagas(),
};
const caps = holdCaps();
const hold = holdSeconds();

export const handler = httpHandler({
  path: OrderPath,
  body: PayOrderRequest,
  idempotent: true,
  run: ({ path, body, caller, idempotency, correlationId, now }) =>
    payOrder(ports, {
      ...idempotency,
      orderId: path.orderId,
      customerId: caller.id,
      paymentMethod: body.paymentMethod,
      claimId: randomId(),
      holdSeconds: hold,
      caps,
      correlationId,
      now,
    }),
  respond: (order, { idempotency }) => accepted(toAnswerView(order, idempotency.operationId)),
  refusals: {
    notFound: noSuchOrder,
    reservationExpired: conflict('RESERVATION_EXPIRED', {
      detail:
        'The hold expired and its stock was sold. Place a new order with a new Idempotency-Key.',
    }),
    orderExpired: conflict('ORDER_EXPIRED', {
      detail:
        'The order expired too long ago to be paid at its price. Place a new order with a new Idempotency-Key.',
    }),
    tooManyHolds,
    notPayable: conflict('ORDER_NOT_PAYABLE', {
      detail: 'This order cannot be paid now.',
      shows: ['orderStatus'],
    }),
    keyReused: idempotencyKeyReused,
  },
});
