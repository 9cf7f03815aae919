import { expect, test } from 'vitest';
import { productItem } from '../../../../lambdas/orders/adapters/order-items.ts';
import { toListedProduct } from '../../../../lambdas/orders/adapters/order-records.ts';
import { aProduct } from '../../../support/orders/orders.ts';

test('reads a product of the index, which lacks the type', () => {
  const { type, ...listed } = productItem(aProduct());

  expect(toListedProduct(listed)).toEqual(aProduct());
  expect(type).toBe('product');
});
