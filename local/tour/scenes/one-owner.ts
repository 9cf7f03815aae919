import { assertShown } from '../../demo/assert-shown.ts';
import { rejectionOf } from '../../demo/demo-client.ts';
import { type PlayScene, receiveGoods } from '../scene.ts';
import { receiveTwiceAtOnce } from './naive-shop.ts';

/** The issuer of customers' tokens is not the one that this route trusts. */
const UNAUTHORIZED = 401;
const FORBIDDEN = 403;

/** Scene 1: only inventory changes a count, and each service has its own product. */
export const playOneOwner: PlayScene = async (stage) => {
  const { staff, alice, screen, messages } = stage;
  const text = messages.oneOwner;
  screen.naive(text.naive((await receiveTwiceAtOnce()).stock));
  const { sku, name, unitPrice } = await receiveGoods(stage, 'tea', 5);

  const receipt = await rejectionOf(
    alice.api.POST('/stock/{sku}/receipts', { params: { path: { sku } }, body: { quantity: 1 } }),
  );
  const reservation = await rejectionOf(
    staff.api.PUT('/reservations/{reservationId}', {
      params: { path: { reservationId: 'ord_tour' } },
      body: { lines: [{ sku, quantity: 1 }] },
    }),
  );
  assertShown(receipt.status === UNAUTHORIZED, 'a receipt of a customer to be rejected');
  assertShown(
    reservation.status === FORBIDDEN,
    'a reservation without a signature to be forbidden',
  );
  screen.table([
    text.attempts,
    [text.receiptOfCustomer, receipt.status],
    [text.unsignedReservation, reservation.status],
  ]);
  const { onHand, available } = await staff.getStock(sku);
  assertShown(available === 5, 'the count to be unchanged');
  screen.table([
    text.products,
    [messages.orders, JSON.stringify({ name, unitPrice })],
    [messages.inventory, JSON.stringify({ onHand, available })],
  ]);
};
