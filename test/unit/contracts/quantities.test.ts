import { expect, test } from 'vitest';
import { PlaceOrderRequest } from '../../../lambdas/contracts/api/orders.ts';
import { reserveStockRequest } from '../../../lambdas/contracts/api/reservations.ts';
import { QUANTITY_UNITS_MAX } from '../../../lambdas/contracts/primitives.ts';

test.each([
  ['one below', -1, true],
  ['at', 0, true],
  ['one above', 1, false],
])('lines of one SKU that merge to %s the largest quantity', (_name, beyond, isTaken) => {
  const lines = [
    { sku: 'tea', quantity: QUANTITY_UNITS_MAX - 10 },
    { sku: 'cup', quantity: QUANTITY_UNITS_MAX },
    { sku: 'tea', quantity: 10 + beyond },
  ];

  const taken = [PlaceOrderRequest, reserveStockRequest(60)].map(
    (schema) => schema.safeParse({ lines }).success,
  );

  expect(taken).toEqual([isTaken, isTaken]);
});
