import { assertShown } from '../../demo/assert-shown.ts';
import { waitUntil } from '../../demo/wait-until.ts';
import { machineOf, type PlayScene, placeOrder, receiveGoods } from '../scene.ts';
import { crashAfterCharge } from './naive-shop.ts';

const FAILURES = 2;
/** The queue itself would wait for six minutes: long enough for a function that still runs. */
const REDELIVERY_SECONDS = 2;

/** Scene 6: inventory fails twice to process a confirmed order. */
export const playFailingInventory: PlayScene = async (stage) => {
  const { staff, alice, screen, messages } = stage;
  const text = messages.failingInventory;
  const { faults } = machineOf(stage);
  const naive = await crashAfterCharge();
  screen.naive(text.naive(naive.charges, naive.sold));
  const { sku } = await receiveGoods(stage, 'tea', 5);
  const order = await placeOrder(alice, sku);
  faults.set({
    functionName: 'commit-reservation',
    kind: 'error',
    times: FAILURES,
    text: order.orderId,
    redeliverySeconds: REDELIVERY_SECONDS,
  });

  await alice.pay(order.orderId);
  const failuresLeft = (): number =>
    faults.list().find((fault) => fault.text === order.orderId)?.times ?? 0;
  for (let delivery = 1; delivery <= FAILURES; delivery += 1) {
    await waitUntil(
      failuresLeft,
      (left) => left <= FAILURES - delivery,
      () => `Delivery ${delivery} of ${order.orderId} did not fail.`,
    );
    screen.say(text.failed(delivery));
  }
  const completed = await alice.waitForOrder(order.orderId, 'COMPLETED');
  screen.say(text.succeeded(FAILURES + 1));
  screen.timeline(completed);
  const stock = await staff.getStock(sku);
  screen.stocks([stock]);
  assertShown(stock.available === 4 && stock.committed === 1, 'the count to fall once');
};
