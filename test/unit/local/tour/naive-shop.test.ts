import { expect, test } from 'vitest';
import { NaiveShop } from '../../../../local/tour/naive/naive-shop.ts';

test('sells a unit for one payment when nothing fails', async () => {
  const shop = new NaiveShop(2);

  expect(await shop.buy()).toBe(true);
  expect(shop.books).toEqual({ stock: 1, sold: 1, charges: 1, refunds: 0 });
});

test('rejects a buyer who comes after the last unit was sold', async () => {
  const shop = new NaiveShop(1);
  await shop.buy();

  expect(await shop.buy()).toBe(false);
  expect(shop.books).toEqual({ stock: 0, sold: 1, charges: 1, refunds: 0 });
});

test('oversells when two buyers read the count before either changes it', async () => {
  const shop = new NaiveShop(1);

  expect(await Promise.all([shop.buy(), shop.buy()])).toEqual([true, true]);
  expect(shop.books).toEqual({ stock: -1, sold: 2, charges: 2, refunds: 0 });
});

test('keeps money without goods when it crashes after the charge', async () => {
  const shop = new NaiveShop(1);

  await expect(shop.buy('crashAfterCharge')).rejects.toThrow('the process ended after the charge');
  expect(shop.books).toEqual({ stock: 1, sold: 0, charges: 1, refunds: 0 });
});

test('gives unit and money back when a refund works, and the unit only when it does not', async () => {
  const shop = new NaiveShop(2);
  await shop.buy();
  await shop.buy();

  await shop.cancel();
  await shop.cancel('refundUnavailable');

  expect(shop.books).toEqual({ stock: 2, sold: 0, charges: 2, refunds: 1 });
});
