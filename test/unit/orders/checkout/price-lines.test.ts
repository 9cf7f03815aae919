import { describe, expect, test } from 'vitest';
import { multiply, sum } from '../../../../lambdas/orders/domain/money.ts';
import { createOrder, priceLines } from '../../../../lambdas/orders/domain/place-order.ts';
import { err, ok } from '../../../../lambdas/shared/core/result.ts';
import { NOON } from '../../../support/inventory.ts';
import { aProduct, EXPIRES_AT, euros, NOON_ISO } from '../../../support/orders/orders.ts';

const tea = aProduct();
const cup = aProduct({ sku: 'cup', name: 'Cup', unitPrice: euros(1250) });

describe('pricing', () => {
  test('gives each line its current name and price, and the total', () => {
    const requested = [
      { sku: 'tea', quantity: 2 },
      { sku: 'cup', quantity: 3 },
    ];

    expect(priceLines(requested, [cup, tea])).toEqual(
      ok({
        lines: [
          { sku: 'tea', name: 'Tea', quantity: 2, unitPrice: euros(850) },
          { sku: 'cup', name: 'Cup', quantity: 3, unitPrice: euros(1250) },
        ],
        total: euros(5450),
      }),
    );
  });

  test('merges the lines of one SKU at its first position', () => {
    const requested = [
      { sku: 'tea', quantity: 2 },
      { sku: 'cup', quantity: 1 },
      { sku: 'tea', quantity: 3 },
    ];

    const priced = priceLines(requested, [tea, cup]);

    expect(priced).toEqual(
      ok({
        lines: [
          { sku: 'tea', name: 'Tea', quantity: 5, unitPrice: euros(850) },
          { sku: 'cup', name: 'Cup', quantity: 1, unitPrice: euros(1250) },
        ],
        total: euros(5500),
      }),
    );
  });

  test('rejects SKUs without a product, each once', () => {
    const requested = [
      { sku: 'ghost', quantity: 1 },
      { sku: 'tea', quantity: 1 },
      { sku: 'ghost', quantity: 2 },
      { sku: 'spook', quantity: 1 },
    ];

    expect(priceLines(requested, [tea])).toEqual(
      err({ kind: 'unknownProduct', skus: ['ghost', 'spook'] }),
    );
  });

  test('rejects lines of different currencies and names them', () => {
    const yen = aProduct({ sku: 'cup', unitPrice: { amount: 900, currency: 'JPY' } });
    const requested = [
      { sku: 'tea', quantity: 1 },
      { sku: 'cup', quantity: 1 },
    ];

    expect(priceLines(requested, [tea, yen])).toEqual(
      err({
        kind: 'mixedCurrencies',
        errors: [
          { path: 'body.lines', message: 'Lines are in EUR and JPY; an order has one currency' },
        ],
      }),
    );
  });

  test('reports an unknown SKU before mixed currencies', () => {
    const yen = aProduct({ sku: 'cup', unitPrice: { amount: 900, currency: 'JPY' } });
    const requested = ['tea', 'cup', 'ghost'].map((sku) => ({ sku, quantity: 1 }));

    expect(priceLines(requested, [tea, yen])).toEqual(
      err({ kind: 'unknownProduct', skus: ['ghost'] }),
    );
  });

  test("returns a zero total in the lines' currency", () => {
    const free = aProduct({ unitPrice: euros(0) });

    const priced = priceLines([{ sku: 'tea', quantity: 3 }], [free]);

    expect(priced).toMatchObject({ ok: true, value: { total: euros(0) } });
  });

  test('is exact at all limits: 25 lines of 1 000 000 units at 1 000 000.00', () => {
    const products = Array.from({ length: 25 }, (_, index) =>
      aProduct({ sku: `sku-${index}`, unitPrice: euros(100_000_000) }),
    );
    const requested = products.map(({ sku }) => ({ sku, quantity: 1_000_000 }));

    const priced = priceLines(requested, products);

    expect(priced).toMatchObject({ ok: true, value: { total: euros(2_500_000_000_000_000) } });
  });
});

describe('money', () => {
  test.each([
    [Number.MAX_SAFE_INTEGER - 1, true],
    [Number.MAX_SAFE_INTEGER, true],
    [Number.MAX_SAFE_INTEGER + 1, false],
  ])('is exact, or throws, for %i', (amount, isExact) => {
    const multiplyOnce = () => multiply(euros(amount), 1);
    const add = () => sum('EUR', [euros(amount - 1), euros(1)]);

    if (isExact) {
      expect([multiplyOnce(), add()]).toEqual([euros(amount), euros(amount)]);
    } else {
      expect(multiplyOnce).toThrow('is not an exact amount');
      expect(add).toThrow('is not an exact amount');
    }
  });

  test('sums no prices to zero', () => {
    expect(sum('EUR', [])).toEqual(euros(0));
  });

  test('throws for fractions of a minor unit', () => {
    expect(() => multiply(euros(0.5), 1)).toThrow('0.5 is not an exact amount');
  });
});

test('creates an order that waits for its payment until its hold ends', () => {
  const priced = {
    lines: [{ sku: 'tea', name: 'Tea', quantity: 2, unitPrice: euros(850) }],
    total: euros(1700),
  };

  const order = createOrder(
    {
      ...priced,
      orderId: 'ord-1',
      placementId: 'op-1',
      claimId: 'claim-1',
      customerId: 'alice',
      fingerprint: 'print-1',
      expiresAt: EXPIRES_AT,
      correlationId: 'corr-1',
    },
    NOON,
  );

  expect(order).toEqual({
    ...priced,
    orderId: 'ord-1',
    placementId: 'op-1',
    claimId: 'claim-1',
    customerId: 'alice',
    status: 'PENDING_PAYMENT',
    expiresAt: EXPIRES_AT,
    placedExpiresAt: EXPIRES_AT,
    fingerprint: 'print-1',
    payment: null,
    timeline: [{ at: NOON_ISO, status: 'PENDING_PAYMENT' }],
    requests: {},
    version: 1,
    createdAt: NOON_ISO,
    updatedAt: NOON_ISO,
    correlationId: 'corr-1',
  });
});
