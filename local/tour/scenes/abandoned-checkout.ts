import { setTimeout as delay } from 'node:timers/promises';
import { assertShown } from '../../demo/assert-shown.ts';
import { formatTime } from '../../terminal/style.ts';
import { type PlayScene, placeOrder, receiveGoods } from '../scene.ts';
import { leaveCheckout } from './naive-shop.ts';

/** Scene 4: a customer leaves without paying, and nothing has to run for the units to return. */
export const playAbandonedCheckout: PlayScene = async (stage) => {
  const { staff, alice, screen, messages } = stage;
  const text = messages.abandonedCheckout;
  screen.naive(text.naive((await leaveCheckout()).stock));
  const { sku } = await receiveGoods(stage, 'cup', 3);

  const { expiresAt } = await placeOrder(alice, sku, 2);
  const held = await staff.getStock(sku);
  screen.stocks([held]);
  screen.say(text.waits(formatTime(expiresAt)));
  const movementsBefore = await staff.listMovements(sku);
  await delay(Math.max(0, Date.parse(expiresAt) - Date.now()));
  const returned = await staff.getStock(sku);
  const movementsAfter = await staff.listMovements(sku);
  screen.stocks([returned]);
  assertShown(held.available === 1 && returned.available === 3, 'the units to be available again');
  assertShown(movementsAfter.length === movementsBefore.length, 'nothing to be written');
  screen.say(text.returned(movementsAfter.length));
};
