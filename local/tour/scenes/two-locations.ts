import { unwrap } from '../../../client/src/index.ts';
import { assertShown } from '../../demo/assert-shown.ts';
import { rejectionOf, type Stock } from '../../demo/demo-client.ts';
import { NaivePlaces } from '../naive/naive-places.ts';
import { type PlayScene, placeOrder, receiveGoods } from '../scene.ts';

const MAIN = 'main';
const SHOP = 'tour-shop';
const UNITS_AT_EACH = 5;
const ORDERED_UNITS = 7;

/** Scene 12: an order of more units than one location has takes them from both. */
export const playTwoLocations: PlayScene = async (stage) => {
  const { staff, alice, bob, screen, messages } = stage;
  const text = messages.twoLocations;
  const naive = new NaivePlaces([UNITS_AT_EACH, UNITS_AT_EACH]);
  await naive.sell(ORDERED_UNITS);
  const [first = 0, second = 0] = naive.units;
  assertShown(first < 0 && second === UNITS_AT_EACH, 'the naive shop to oversell its first place');
  screen.naive(text.naive(first, second));

  unwrap(
    await staff.api.PUT('/locations/{locationId}', {
      params: { path: { locationId: SHOP } },
      body: { name: text.shop, kind: 'store', pickup: true },
    }),
  );
  const { sku } = await receiveGoods(stage, 'kettle', UNITS_AT_EACH);
  await staff.receive(sku, { quantity: UNITS_AT_EACH, locationId: SHOP });
  const received = await staff.getStock(sku);
  await placeOrder(alice, sku, ORDERED_UNITS);
  const reserved = await staff.getStock(sku);
  const tooMany = 2 * UNITS_AT_EACH - ORDERED_UNITS + 1;
  const { status, code } = await rejectionOf(
    bob.api.POST('/orders', { body: { lines: [{ sku, quantity: tooMany }] } }),
  );

  const row = (moment: string, stock: Stock) => [
    moment,
    stock.available,
    availableAt(stock, MAIN),
    availableAt(stock, SHOP),
  ];
  screen.table([
    [text.moment, text.inAll, MAIN, SHOP],
    row(text.received, received),
    row(text.ordered(ORDERED_UNITS), reserved),
  ]);
  screen.say(text.rejected(status, code));
  assertShown(received.available === 2 * UNITS_AT_EACH, 'the units of both places to be for sale');
  assertShown(
    availableAt(reserved, MAIN) === 0 && availableAt(reserved, SHOP) === 3,
    'an order to take 5 units from one place and 2 from the other',
  );
  assertShown(code === 'INSUFFICIENT_STOCK', 'an order of more than the rest to be rejected');
};

const availableAt = ({ locations }: Stock, locationId: string): number =>
  locations.find((one) => one.locationId === locationId)?.available ?? 0;
