import { assertShown } from '../../demo/assert-shown.ts';
import type { Stock } from '../../demo/demo-client.ts';
import { type PlayScene, placeOrder, receiveGoods } from '../scene.ts';

/** Scene 2: what may be sold falls at the hold; what is on the shelf falls at the shipment. */
export const playWhenCountsFall: PlayScene = async (stage) => {
  const { staff, alice, screen, messages } = stage;
  const text = messages.whenCountsFall;
  screen.naive(text.naive);
  const { sku } = await receiveGoods(stage, 'tea', 3);
  const received = await staff.getStock(sku);
  const order = await placeOrder(alice, sku);
  const reserved = await staff.getStock(sku);
  await alice.pay(order.orderId);
  await alice.waitForOrder(order.orderId, 'COMPLETED');
  const committed = await staff.getStock(sku);
  await staff.fulfil(order.orderId);
  const shipped = await staff.waitForStock(sku, (stock) => stock.committed === 0);

  const movements = await staff.listMovements(sku);
  // A short hold is also extended while the customer pays, which moves nothing.
  const describe = (wanted: string): string => {
    const movement = movements.find(({ kind }) => kind === wanted);
    assertShown(movement !== undefined, `a movement ${wanted}`);
    return `${wanted} ${movement.from}→${movement.to}`;
  };
  const row = (moment: string, stock: Stock, kind: string) => [
    moment,
    stock.onHand,
    stock.available,
    stock.held,
    stock.committed,
    describe(kind),
  ];
  screen.table([
    [text.moment, ...messages.balances, text.movement],
    row(text.received, received, 'RECEIVED'),
    row(text.reserved, reserved, 'RESERVED'),
    row(text.confirmed, committed, 'COMMITTED'),
    row(text.shipped, shipped, 'SHIPPED'),
  ]);
  assertShown(
    reserved.available === 2 && reserved.onHand === 3,
    'a hold to lower what may be sold',
  );
  assertShown(
    committed.onHand === 3 && committed.committed === 1,
    'a commit to leave the shelf as it is',
  );
  assertShown(shipped.onHand === 2, 'a shipment to lower what is on the shelf');
};
