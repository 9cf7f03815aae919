import type { Order, OrderPayment, Saga } from '../../../lambdas/orders/domain/order.ts';
import { createOrder, type Product } from '../../../lambdas/orders/domain/place-order.ts';
import { NOON } from '../inventory.ts';

export const NOON_ISO = '2026-01-01T12:00:00.000Z';
/** Ten minutes after NOON. */
export const EXPIRES_AT = '2026-01-01T12:10:00.000Z';
export const EXPIRES_AT_INSTANT = Date.parse(EXPIRES_AT);

export const euros = (amount: number) => ({ amount, currency: 'EUR' });

export const aProduct = (overrides: Partial<Product> = {}): Product => ({
  sku: 'tea',
  name: 'Tea',
  unitPrice: euros(850),
  ...overrides,
});

export const anOrder = (overrides: Partial<Order> = {}): Order => ({
  ...createOrder(
    {
      orderId: 'ord-1',
      placementId: 'op-1',
      claimId: 'claim-1',
      customerId: 'alice',
      fingerprint: 'print-1',
      lines: [{ sku: 'tea', name: 'Tea', quantity: 2, unitPrice: euros(850) }],
      total: euros(1700),
      expiresAt: EXPIRES_AT,
      correlationId: 'corr-0',
    },
    NOON,
  ),
  ...overrides,
});

export const aPayment = (overrides: Partial<OrderPayment> = {}): OrderPayment => ({
  status: 'PENDING',
  attempt: 1,
  paymentMethod: 'pm_ok',
  ...overrides,
});

/** Returns an order in a status, after payment request `pay-1`. */
export const anOrderIn = (status: Order['status'], overrides: Partial<Order> = {}): Order => {
  const saga: Saga = { machine: 'process', name: 'ord-1-1' };
  return anOrder({
    status,
    payment: aPayment(),
    saga,
    requests: { 'pay-1': { fingerprint: 'print-pay', responseStatus: 'PAYING', saga } },
    timeline: [
      { at: NOON_ISO, status: 'PENDING_PAYMENT' },
      { at: NOON_ISO, status },
    ],
    version: 2,
    ...overrides,
  });
};
