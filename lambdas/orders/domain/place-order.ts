import type { Delivery } from '../../contracts/api/orders.ts';
import type { Money } from '../../contracts/primitives.ts';
import { type Instant, toIso } from '../../shared/core/instant.ts';
import { err, ok, type Result } from '../../shared/core/result.ts';
import { multiply, sum } from './money.ts';
import type { Order, OrderLine } from './order.ts';

/** Product as the orders context stores it: name and price. */
export type Product = { readonly sku: string; readonly name: string; readonly unitPrice: Money };

export type RequestedLine = { readonly sku: string; readonly quantity: number };
export type PricedLines = { readonly lines: readonly OrderLine[]; readonly total: Money };
export type PricingError =
  | { readonly kind: 'unknownProduct'; readonly skus: readonly string[] }
  | {
      readonly kind: 'mixedCurrencies';
      readonly errors: readonly { readonly path: string; readonly message: string }[];
    };

/** Merges the lines of each SKU and prices them at the current price. */
export function priceLines(
  requested: readonly RequestedLine[],
  products: readonly Product[],
): Result<PricedLines, PricingError> {
  const quantities = new Map<string, number>();
  for (const { sku, quantity } of requested)
    quantities.set(sku, (quantities.get(sku) ?? 0) + quantity);

  const bySku = new Map(products.map((product) => [product.sku, product]));
  const unknown = [...quantities.keys()].filter((sku) => !bySku.has(sku));
  if (unknown.length > 0) return err({ kind: 'unknownProduct', skus: unknown });

  const lines = [...quantities].flatMap(([sku, quantity]): OrderLine[] => {
    const product = bySku.get(sku);
    return product === undefined
      ? []
      : [{ sku, name: product.name, quantity, unitPrice: product.unitPrice }];
  });
  const [currency = '', ...others] = [...new Set(lines.map(({ unitPrice }) => unitPrice.currency))];
  if (others.length > 0) {
    const message = `Lines are in ${[currency, ...others].join(' and ')}; an order has one currency`;
    return err({ kind: 'mixedCurrencies', errors: [{ path: 'body.lines', message }] });
  }
  const prices = lines.map(({ unitPrice, quantity }) => multiply(unitPrice, quantity));
  return ok({ lines, total: sum(currency, prices) });
}

/**
 * Order id that a placement request was given. The id is random, so that it reveals neither the
 * customer nor the key.
 */
export type Placement = {
  /** Hash of customer, route and idempotency key. */
  readonly operationId: string;
  readonly orderId: string;
  readonly fingerprint: string;
};

export type NewOrder = PricedLines & {
  readonly orderId: string;
  readonly placementId: string;
  readonly claimId: string;
  readonly customerId: string;
  readonly fingerprint: string;
  readonly expiresAt: string;
  readonly correlationId: string;
  readonly delivery?: Delivery | undefined;
};

export const createOrder = (
  {
    orderId,
    placementId,
    claimId,
    customerId,
    fingerprint,
    lines,
    total,
    expiresAt,
    correlationId,
    delivery,
  }: NewOrder,
  now: Instant,
): Order => ({
  orderId,
  placementId,
  claimId,
  customerId,
  status: 'PENDING_PAYMENT',
  lines,
  ...(delivery?.kind === 'pickup' ? { delivery } : {}),
  total,
  expiresAt,
  placedExpiresAt: expiresAt,
  fingerprint,
  payment: null,
  timeline: [{ at: toIso(now), status: 'PENDING_PAYMENT' }],
  requests: {},
  version: 1,
  createdAt: toIso(now),
  updatedAt: toIso(now),
  correlationId,
});
