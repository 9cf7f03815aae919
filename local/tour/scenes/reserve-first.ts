import { assertShown } from '../../demo/assert-shown.ts';
import { type PlacedOrder, rejectionOf } from '../../demo/demo-client.ts';
import { type PlayScene, placeOrder, receiveGoods } from '../scene.ts';
import { sellLastUnitTwice } from './naive-shop.ts';

/** Scene 3: two buyers want the last unit. */
export const playReserveFirst: PlayScene = async (stage) => {
  const { staff, alice, bob, screen, messages } = stage;
  const text = messages.reserveFirst;
  const naive = await sellLastUnitTwice();
  screen.naive(text.naive(naive.sold, naive.stock));
  const { sku } = await receiveGoods(stage, 'teapot', 1);

  const orders = await Promise.allSettled([placeOrder(alice, sku), placeOrder(bob, sku)]);
  const held = orders.filter(
    (one): one is PromiseFulfilledResult<PlacedOrder> => one.status === 'fulfilled',
  );
  assertShown(held.length === 1, 'one of two buyers to hold the last unit');
  const loser = orders[0].status === 'fulfilled' ? bob : alice;
  const { status, code } = await rejectionOf(
    loser.api.POST('/orders', { body: { lines: [{ sku, quantity: 1 }] } }),
  );
  assertShown(code === 'INSUFFICIENT_STOCK', 'the other buyer to be rejected');
  screen.say(text.rejected(status, code));
  const stock = await staff.getStock(sku);
  screen.stocks([stock]);
  assertShown(stock.available === 0 && stock.held === 1, 'one unit to be held');
};
