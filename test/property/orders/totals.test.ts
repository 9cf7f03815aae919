import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  ORDER_LINES_MAX,
  QUANTITY_UNITS_MAX,
  UNIT_PRICE_MINOR_MAX,
} from '../../../lambdas/contracts/primitives.ts';
import { priceLines, type RequestedLine } from '../../../lambdas/orders/domain/place-order.ts';
import { unwrap } from '../../support/inventory.ts';
import { aProduct, euros } from '../../support/orders/orders.ts';

const RUNS = 2_000;
const SKUS = Array.from({ length: ORDER_LINES_MAX }, (_, index) => `sku-${index}`);

/** Returns numbers that are often at the limits, where a sum stops being exact. */
const upTo = (max: number, min = 0) =>
  fc.oneof(fc.integer({ min, max }), fc.constantFrom(min, max - 1, max));
const prices = fc.array(upTo(UNIT_PRICE_MINOR_MAX), {
  minLength: SKUS.length,
  maxLength: SKUS.length,
});
const line: fc.Arbitrary<RequestedLine> = fc.record({
  sku: fc.constantFrom(...SKUS),
  quantity: upTo(QUANTITY_UNITS_MAX, 1),
});
const requests = fc.array(line, { minLength: 1, maxLength: ORDER_LINES_MAX });
/** The same lines in another order. */
const shuffledLines = requests.chain((lines) =>
  fc.tuple(
    fc.constant(lines),
    fc.shuffledSubarray(lines, { minLength: lines.length, maxLength: lines.length }),
  ),
);

const productsAt = (amounts: readonly number[]) =>
  SKUS.map((sku, index) => aProduct({ sku, unitPrice: euros(amounts[index] ?? 0) }));
const priceOf = (lines: readonly RequestedLine[], amounts: readonly number[]) =>
  unwrap(priceLines(lines, productsAt(amounts)));

describe('the total of an order', () => {
  test('is exact: it equals the sum in arbitrary precision', () => {
    fc.assert(
      fc.property(requests, prices, (lines, amounts) => {
        const exact = lines.reduce(
          (sum, { sku, quantity }) =>
            sum + BigInt(amounts[SKUS.indexOf(sku)] ?? 0) * BigInt(quantity),
          0n,
        );

        const { total } = priceOf(lines, amounts);

        expect(BigInt(total.amount)).toBe(exact);
        expect(Number.isSafeInteger(total.amount)).toBe(true);
      }),
      { numRuns: RUNS },
    );
  });

  test('equals the sum of its lines', () => {
    fc.assert(
      fc.property(requests, prices, (requested, amounts) => {
        const { lines, total } = priceOf(requested, amounts);

        expect(
          lines.reduce((sum, { unitPrice, quantity }) => sum + unitPrice.amount * quantity, 0),
        ).toBe(total.amount);
      }),
      { numRuns: RUNS },
    );
  });
});

describe('merging lines', () => {
  const bySku = (lines: readonly RequestedLine[]) =>
    Object.fromEntries(lines.map(({ sku, quantity }) => [sku, quantity]));

  test('leaves one line for each SKU, with all requested units', () => {
    fc.assert(
      fc.property(requests, prices, (requested, amounts) => {
        const { lines } = priceOf(requested, amounts);

        const asked = new Map<string, number>();
        for (const { sku, quantity } of requested) asked.set(sku, (asked.get(sku) ?? 0) + quantity);
        expect(lines).toHaveLength(asked.size);
        expect(bySku(lines)).toEqual(Object.fromEntries(asked));
      }),
      { numRuns: RUNS },
    );
  });

  test('does not depend on the order of the lines', () => {
    fc.assert(
      fc.property(shuffledLines, prices, ([one, other], amounts) => {
        const [a, b] = [priceOf(one, amounts), priceOf(other, amounts)];

        expect(b.total).toEqual(a.total);
        expect(bySku(b.lines)).toEqual(bySku(a.lines));
      }),
      { numRuns: RUNS },
    );
  });

  test('does not change merged lines', () => {
    fc.assert(
      fc.property(requests, prices, (requested, amounts) => {
        const once = priceOf(requested, amounts);

        expect(priceOf(once.lines, amounts)).toEqual(once);
      }),
      { numRuns: RUNS },
    );
  });
});
