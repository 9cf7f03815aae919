import { randomUUID } from 'node:crypto';
import { assertShown } from '../../demo/assert-shown.ts';
import { type PlayScene, receiveGoods } from '../scene.ts';
import { loseChargeResponse } from './naive-shop.ts';

/** Scene 5: the response of a request is lost, so the caller cannot know whether it happened. */
export const playLostResponse: PlayScene = async (stage) => {
  const { staff, alice, screen, messages } = stage;
  const text = messages.lostResponse;
  screen.naive(text.naive((await loseChargeResponse()).charges));
  const { sku } = await receiveGoods(stage, 'tea', 5);

  const lines = [{ sku, quantity: 1 }];
  const key = randomUUID();
  const first = await alice.placeOrder(lines, key);
  const again = await alice.placeOrder(lines, key);
  assertShown(first.orderId === again.orderId, 'the same request to return the same order');
  screen.say(text.sentTwice(first.orderId, again.orderId));

  await alice.pay(first.orderId, 'pm_authorize_timeout');
  const completed = await alice.waitForOrder(first.orderId, 'COMPLETED');
  screen.timeline(completed);
  const stock = await staff.getStock(sku);
  screen.stocks([stock]);
  assertShown(completed.payment?.attempt === 1, 'one payment');
  assertShown(stock.available === 4 && stock.committed === 1, 'the count to fall once');
  screen.say(text.chargedOnce);
};
