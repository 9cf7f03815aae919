import { unwrap } from '../../../client/src/index.ts';
import { assertShown } from '../../demo/assert-shown.ts';
import { machineOf, type PlayScene, placeOrder, receiveGoods } from '../scene.ts';
import { failRefund } from './naive-shop.ts';

/** More than the saga attempts. */
const FAILURES = 100;

/** Scene 8: the refund of a cancelled order fails until staff resume the order. */
export const playFailingRefund: PlayScene = async (stage) => {
  const { staff, alice, screen, messages } = stage;
  const text = messages.failingRefund;
  const { faults } = machineOf(stage);
  const naive = await failRefund();
  screen.naive(text.naive(naive.charges - naive.refunds));
  const { sku } = await receiveGoods(stage, 'tea', 5);
  const order = await placeOrder(alice, sku);
  const { orderId } = order;
  await alice.pay(orderId);
  await alice.waitForOrder(orderId, 'COMPLETED');

  faults.set({ functionName: 'reverse-payment', kind: 'error', times: FAILURES, text: orderId });
  await alice.cancel(orderId);
  screen.say(text.retried);
  const waiting = await alice.waitForOrder(orderId, 'NEEDS_ATTENTION');
  screen.timeline(waiting);
  const stock = await staff.getStock(sku);
  assertShown(stock.available === 5, 'the units to be available although the refund failed');
  screen.say(text.needsAttention(waiting.timeline.at(-1)?.reason ?? ''));

  faults.clear();
  unwrap(await staff.api.POST('/orders/{orderId}/resumption', { params: { path: { orderId } } }));
  const cancelled = await alice.waitForOrder(orderId, 'CANCELLED');
  screen.timeline(cancelled);
  assertShown(cancelled.payment?.status === 'REFUNDED', 'the payment to be refunded');
  screen.say(text.resumed);
};
