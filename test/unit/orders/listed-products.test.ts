import { expect, test } from 'vitest';
import { productItem } from '../../../lambdas/orders/adapters/order-items.ts';
import { toListedProduct } from '../../../lambdas/orders/adapters/order-records.ts';
import { aProduct } from '../../support/orders.ts';

test('a product of the index, which has no type of it, is read', () => {
  const { type, ...listed } = productItem(aProduct());

  expect(toListedProduct(listed)).toEqual(aProduct());
  expect(type).toBe('product');
});
