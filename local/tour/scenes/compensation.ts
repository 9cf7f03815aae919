import { assertShown } from '../../demo/assert-shown.ts';
import { releaseHold } from '../machine.ts';
import { machineOf, type PlayScene, placeOrder, receiveGoods } from '../scene.ts';
import { crashAfterCharge } from './naive-shop.ts';

/** Long enough to take the unit away while inventory has not yet processed the order. */
const SLOW_MILLISECONDS = 4_000;

/** Scene 7: the unit of an order is gone when inventory wants to commit it. */
export const playCompensation: PlayScene = async (stage) => {
  const { staff, alice, bob, screen, messages } = stage;
  const text = messages.compensation;
  const machine = machineOf(stage);
  const naive = await crashAfterCharge();
  screen.naive(text.naive(naive.charges, naive.sold));
  const { sku } = await receiveGoods(stage, 'teapot', 1);
  const order = await placeOrder(alice, sku);
  machine.faults.set({
    functionName: 'commit-reservation',
    kind: 'slow',
    times: 1,
    text: order.orderId,
    delayMilliseconds: SLOW_MILLISECONDS,
  });

  await alice.pay(order.orderId);
  await alice.waitForOrder(order.orderId, 'CONFIRMED');
  await releaseHold(machine, order.orderId);
  const other = await placeOrder(bob, sku);
  screen.say(text.taken(order.orderId, other.orderId));
  const cancelled = await alice.waitForOrder(order.orderId, 'CANCELLED');
  screen.timeline(cancelled);
  const stock = await staff.getStock(sku);
  screen.stocks([stock]);
  assertShown(cancelled.payment?.status === 'VOIDED', 'the payment to be voided');
  assertShown(stock.committed === 0 && stock.held === 1, "only the other buyer's hold to remain");
  screen.say(text.compensated);
};
