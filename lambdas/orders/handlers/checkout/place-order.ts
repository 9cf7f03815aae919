import { PaymentProviderName } from '../../../contracts/payment-amounts.ts';
import * as routes from '../../../contracts/routes/order-routes.ts';
import { randomId } from '../../../shared/core/random-id.ts';
import { createdResponse, httpHandler } from '../../../shared/http/http-handler.ts';
import {
  badRequest,
  idempotencyKeyReused,
  insufficientStock,
  notAPickupLocation,
  reservationExpired,
  stockTooFragmented,
  tooManyHolds,
  unknownProduct,
  unknownSku,
  unprocessableContent,
} from '../../../shared/http/problems.ts';
import { toPlacedOrderView } from '../../presenters/order-views.ts';
import { placeOrder } from '../../use-cases/checkout/place-order.ts';
import {
  customerHoldStore,
  holdCaps,
  holdSeconds,
  inventory,
  orderStore,
  paymentProviderName,
  placementStore,
  productStore,
} from '../../wiring.ts';

const ports = {
  orders: orderStore(),
  products: productStore(),
  placements: placementStore(),
  customers: customerHoldStore(),
  inventory: inventory(),
};
const caps = holdCaps();
const holdDurationSeconds = holdSeconds();
const provider = PaymentProviderName.parse(paymentProviderName());

export const handler = httpHandler(routes.placeOrder, {
  run: ({ body, caller, idempotency, correlationId, now }) =>
    placeOrder(ports, {
      ...idempotency,
      orderId: `ord_${randomId()}`,
      claimId: randomId(),
      customerId: caller.id,
      lines: body.lines,
      delivery: body.delivery,
      holdSeconds: holdDurationSeconds,
      caps,
      provider,
      correlationId,
      now,
    }),
  respond: (order) => createdResponse(toPlacedOrderView(order)),
  errors: {
    insufficientStock,
    stockTooFragmented,
    notAPickupLocation,
    unknownProduct,
    unknownSku,
    mixedCurrencies: badRequest('VALIDATION_FAILED', {
      detail: 'All lines of an order must have the same currency.',
      exposes: ['errors'],
    }),
    reservationExpired,
    tooManyHolds,
    aboveCap: badRequest('VALIDATION_FAILED', {
      detail: 'The order has more units than one customer may hold.',
      exposes: ['errors'],
    }),
    amountNotPayable: unprocessableContent('AMOUNT_NOT_PAYABLE', {
      detail:
        'The payment provider cannot take this total: its currency is not supported, or the amount is too small, too large or not a multiple of ten. Change the quantities.',
      exposes: ['reason', 'total'],
    }),
    keyReused: idempotencyKeyReused,
  },
});
