import { PlaceOrderRequest } from '../../../contracts/orders-api.ts';
import { PaymentProviderName } from '../../../contracts/payment-amounts.ts';
import { randomId } from '../../../shared/core/random-id.ts';
import { created, httpHandler } from '../../../shared/http/http-handler.ts';
import { tooManyHolds } from '../../../shared/http/order-problems.ts';
import {
  conflict,
  idempotencyKeyReused,
  invalid,
  unprocessable,
} from '../../../shared/http/problem.ts';
import {
  insufficientStock,
  tooManyParts,
  unknownProduct,
  unknownSku,
} from '../../../shared/http/stock-problems.ts';
import { toPlacedView } from '../../presenters/order-views.ts';
import { placeOrder } from '../../use-cases/place-order.ts';
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
const hold = holdSeconds();
const provider = PaymentProviderName.parse(paymentProviderName());

export const handler = httpHandler({
  body: PlaceOrderRequest,
  idempotent: true,
  run: ({ body, caller, idempotency, correlationId, now }) =>
    placeOrder(ports, {
      ...idempotency,
      orderId: `ord_${randomId()}`,
      claimId: randomId(),
      customerId: caller.id,
      lines: body.lines,
      holdSeconds: hold,
      caps,
      provider,
      correlationId,
      now,
    }),
  respond: (order) => created(toPlacedView(order)),
  refusals: {
    insufficientStock,
    tooManyParts,
    unknownProduct,
    unknownSku,
    mixedCurrencies: invalid('VALIDATION_FAILED', {
      detail: 'An order has one currency.',
      shows: ['errors'],
    }),
    reservationExpired: conflict('RESERVATION_EXPIRED', {
      detail:
        'The hold expired and its stock was sold. Place a new order with a new Idempotency-Key.',
    }),
    tooManyHolds,
    aboveCap: invalid('VALIDATION_FAILED', {
      detail: 'The order has more units than one customer may hold.',
      shows: ['errors'],
    }),
    amountNotPayable: unprocessable('AMOUNT_NOT_PAYABLE', {
      detail:
        'The payment provider cannot take this total: its currency is not supported, or the amount is too small, too large or not a multiple of ten. Change the quantities.',
      shows: ['reason', 'total'],
    }),
    keyReused: idempotencyKeyReused,
  },
});
