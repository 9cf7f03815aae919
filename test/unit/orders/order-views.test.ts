import { describe, expect, test } from 'vitest';
import {
  OrderDetailView,
  OrderView,
  PlacedOrderView,
} from '../../../lambdas/contracts/api/orders.ts';
import type { Order } from '../../../lambdas/orders/domain/order.ts';
import {
  toOrderDetailView,
  toOrderStatusView,
  toOrderView,
  toPlacedOrderView,
} from '../../../lambdas/orders/presenters/order-views.ts';
import { getOrder } from '../../../lambdas/orders/use-cases/read-orders.ts';
import { err, ok } from '../../../lambdas/shared/core/result.ts';
import { NOON } from '../../support/inventory.ts';
import { MemoryOrderStore } from '../../support/orders/memory-order-stores.ts';
import {
  anOrder,
  anOrderIn,
  aPayment,
  EXPIRES_AT,
  EXPIRES_AT_INSTANT,
  euros,
  NOON_ISO,
} from '../../support/orders/orders.ts';

const lines = [
  {
    sku: 'tea',
    name: 'Tea',
    quantity: 2,
    unitPrice: euros(850),
    allocations: [{ locationId: 'main', quantity: 2 }],
  },
];

describe('the order view of a customer', () => {
  test('has the fields of the contract and no others', () => {
    const order = anOrderIn('PAYING', {
      payment: aPayment({ status: 'FAILED', lastError: 'card_declined' }),
      taskToken: 'token-1',
      stockOutcome: { status: 'committed' },
    });

    const view = toOrderView(order, NOON);

    expect(view).toEqual({
      orderId: 'ord-1',
      status: 'PAYING',
      lines,
      delivery: { kind: 'ship' },
      total: euros(1700),
      expiresAt: EXPIRES_AT,
      createdAt: NOON_ISO,
      payment: { status: 'FAILED', attempt: 1, lastError: 'card_declined' },
      timeline: order.timeline,
    });
    expect(OrderView.parse(view)).toEqual(view);
  });

  test('has the delivery and the locations of its units, where they are not main', () => {
    const delivery = { kind: 'pickup', locationId: 'shop' } as const;
    const allocations = [{ locationId: 'shop', quantity: 2 }];
    const order = anOrder({
      delivery,
      lines: anOrder().lines.map((line) => ({ ...line, allocations })),
    });

    const views = [toOrderView(order, NOON), toPlacedOrderView(order)];

    for (const view of views) expect(view).toMatchObject({ delivery, lines: [{ allocations }] });
  });

  test('has no payment before the first attempt', () => {
    expect(toOrderView(anOrder(), NOON).payment).toBeNull();
  });

  test.each([
    [EXPIRES_AT_INSTANT - 1, 'PENDING_PAYMENT'],
    [EXPIRES_AT_INSTANT, 'EXPIRED'],
    [EXPIRES_AT_INSTANT + 1, 'EXPIRED'],
  ])('shows an unpaid order at %i as %s', (at, status) => {
    expect(toOrderView(anOrder(), at).status).toBe(status);
  });
});

describe('the response to a request', () => {
  test('that placed the order is the same for a repeat', () => {
    const order = anOrderIn('CANCELLED', { expiresAt: '2026-01-01T12:25:00.000Z' });

    const view = toPlacedOrderView(order);

    expect(view).toEqual({
      orderId: 'ord-1',
      status: 'PENDING_PAYMENT',
      expiresAt: EXPIRES_AT,
      lines,
      delivery: { kind: 'ship' },
      total: euros(1700),
    });
    expect(PlacedOrderView.parse(view)).toEqual(view);
  });

  test('that changed the order is the same for a repeat; another request returns the current status', () => {
    const order = anOrderIn('COMPLETED');

    expect(toOrderStatusView(order, 'pay-1')).toEqual({ orderId: 'ord-1', status: 'PAYING' });
    expect(toOrderStatusView(order, 'other')).toEqual({ orderId: 'ord-1', status: 'COMPLETED' });
  });
});

describe('reading an order', () => {
  const nextAction = { type: 'use_stripe_sdk', clientSecret: 'secret' };
  const correlationId = 'corr-1';
  const shop = (order: Order, required?: typeof nextAction) => {
    const asked: object[] = [];
    const getRequiredAction = async (request: object) => {
      asked.push(request);
      return required;
    };
    return {
      ports: { orders: new MemoryOrderStore(order), payments: { getRequiredAction } },
      asked,
    };
  };
  const waiting = anOrder({ payment: aPayment({ status: 'REQUIRES_ACTION', attempt: 2 }) });

  test.each([
    ['ord-1', 'alice', ok({ order: anOrder() })],
    ['ord-1', 'bob', err({ kind: 'notFound' })],
    ['ord-2', 'alice', err({ kind: 'notFound' })],
  ])('%s by %s', async (orderId, customerId, answer) => {
    const { ports } = shop(anOrder());
    expect(await getOrder(ports, { orderId, customerId, correlationId })).toEqual(answer);
  });

  test('shows the required action of the attempt from payments', async () => {
    const { ports, asked } = shop(waiting, nextAction);

    const result = await getOrder(ports, { orderId: 'ord-1', customerId: 'alice', correlationId });

    const view = result.ok && toOrderDetailView(result.value, NOON);
    expect(view).toMatchObject({ payment: { status: 'REQUIRES_ACTION', attempt: 2, nextAction } });
    expect(OrderDetailView.parse(view)).toEqual(view);
    expect(asked).toEqual([{ orderId: 'ord-1', attempt: 2, correlationId }]);
  });

  test('shows no action when payments no longer requires one', async () => {
    const { ports } = shop(waiting);

    const result = await getOrder(ports, { orderId: 'ord-1', customerId: 'alice', correlationId });

    expect(result.ok && toOrderDetailView(result.value, NOON)).toEqual(toOrderView(waiting, NOON));
  });

  test.each([
    ['by another customer', waiting, 'bob'],
    [
      'that no longer waits',
      anOrderIn('PAYING', { payment: aPayment({ status: 'PENDING' }) }),
      'alice',
    ],
    ['that is not paid', anOrder(), 'alice'],
  ])('%s does not call payments', async (_case, order, customerId) => {
    const { ports, asked } = shop(order, nextAction);

    await getOrder(ports, { orderId: 'ord-1', customerId, correlationId });

    expect(asked).toEqual([]);
  });
});
