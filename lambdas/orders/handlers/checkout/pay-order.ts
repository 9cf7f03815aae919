import * as routes from '../../../contracts/routes/order-routes.ts';
import { randomId } from '../../../shared/core/random-id.ts';
import { acceptedResponse, httpHandler } from '../../../shared/http/http-handler.ts';
import {
  conflict,
  idempotencyKeyReused,
  orderNotFound,
  reservationExpired,
  tooManyHolds,
} from '../../../shared/http/problems.ts';
import { toOrderStatusView } from '../../presenters/order-views.ts';
import { payOrder } from '../../use-cases/checkout/pay-order.ts';
import { holdCaps, holdSeconds, paymentPorts } from '../../wiring.ts';

const ports = paymentPorts();
const caps = holdCaps();
const holdDurationSeconds = holdSeconds();

export const handler = httpHandler(routes.payOrder, {
  run: ({ params, body, caller, idempotency, correlationId, now }) =>
    payOrder(ports, {
      ...idempotency,
      orderId: params.orderId,
      customerId: caller.id,
      paymentMethod: body.paymentMethod,
      claimId: randomId(),
      holdSeconds: holdDurationSeconds,
      caps,
      correlationId,
      now,
    }),
  respond: (order, { idempotency }) =>
    acceptedResponse(toOrderStatusView(order, idempotency.operationId)),
  errors: {
    notFound: orderNotFound,
    reservationExpired,
    orderExpired: conflict('ORDER_EXPIRED', {
      detail:
        'The order expired too long ago, and its price is no longer valid. Place a new order with a new Idempotency-Key.',
    }),
    tooManyHolds,
    notPayable: conflict('ORDER_NOT_PAYABLE', {
      detail: 'This order cannot be paid now.',
      exposes: ['orderStatus'],
    }),
    keyReused: idempotencyKeyReused,
  },
});
