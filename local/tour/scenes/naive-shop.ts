import { assertShown } from '../../demo/assert-shown.ts';
import { Crash, type NaiveBooks, NaiveShop } from '../naive/naive-shop.ts';
import type { PlayScene } from '../scene.ts';

/** Scene 0: one purchase after the other of a naive shop meets a failure, and its books differ. */
export const playNaiveShop: PlayScene = async ({ screen, messages: { naiveShop: text } }) => {
  const rows: [string, NaiveBooks][] = [
    [text.twoBuyers, await sellLastUnitTwice()],
    [text.chargeResponseLost, await loseChargeResponse()],
    [text.crashAfterCharge, await crashAfterCharge()],
    [text.leavesCheckout, await leaveCheckout()],
    [text.refundUnavailable, await failRefund()],
    [text.twoDeliveries, await receiveTwiceAtOnce()],
  ];
  screen.table([
    text.heading,
    ...rows.map(([failure, { stock, sold, charges, refunds }]) => [
      failure,
      stock,
      sold,
      charges - refunds,
    ]),
  ]);
  const [oversold, doubled, crashed, leftover, unrefunded, lost] = rows.map(([, books]) => books);
  assertShown(oversold?.stock === -1, 'the naive shop to sell a unit that it does not have');
  assertShown(doubled?.charges === 2, 'the naive shop to charge twice');
  assertShown(crashed?.charges === 1 && crashed.sold === 0, 'the naive shop to sell nothing');
  assertShown(leftover?.stock === 0, 'the naive shop to lose a unit');
  assertShown(
    unrefunded?.charges === 1 && unrefunded.sold === 0,
    'the naive shop to keep the money',
  );
  assertShown(lost?.stock === 3, 'the naive shop to lose a delivery');
};

/** Two buyers read the count before either changes it. */
export async function sellLastUnitTwice(): Promise<NaiveBooks> {
  const shop = new NaiveShop(1);
  await Promise.all([shop.buy(), shop.buy()]);
  return shop.books;
}

export async function loseChargeResponse(): Promise<NaiveBooks> {
  const shop = new NaiveShop(1);
  await shop.buy('chargeResponseLost');
  return shop.books;
}

export async function crashAfterCharge(): Promise<NaiveBooks> {
  const shop = new NaiveShop(1);
  await shop.buy('crashAfterCharge').catch((error: unknown) => {
    if (!(error instanceof Crash)) throw error;
  });
  return shop.books;
}

export async function leaveCheckout(): Promise<NaiveBooks> {
  const shop = new NaiveShop(1);
  await shop.startCheckout();
  return shop.books;
}

export async function failRefund(): Promise<NaiveBooks> {
  const shop = new NaiveShop(1);
  await shop.buy();
  await shop.cancel('refundUnavailable');
  return shop.books;
}

/** Two services write the count of 0 that both have read: 2 and 3 units arrive, and 3 are there. */
export async function receiveTwiceAtOnce(): Promise<NaiveBooks> {
  const shop = new NaiveShop(0);
  await Promise.all([shop.receive(2), shop.receive(3)]);
  return shop.books;
}
