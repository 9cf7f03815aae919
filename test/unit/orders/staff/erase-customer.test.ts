import { describe, expect, test } from 'vitest';
import type { OrderStatus } from '../../../../lambdas/contracts/api/orders.ts';
import { eventsOf } from '../../../../lambdas/orders/domain/events.ts';
import type { Order } from '../../../../lambdas/orders/domain/order.ts';
import { eraseCustomer } from '../../../../lambdas/orders/use-cases/staff/erase-customer.ts';
import { NOON, seconds } from '../../../support/inventory.ts';
import {
  MemoryCustomerHoldStore,
  MemoryOrderStore,
} from '../../../support/orders/memory-order-stores.ts';
import { anOrder, anOrderIn } from '../../../support/orders/orders.ts';

const runErasure = async (orders: readonly Order[], now = NOON) => {
  const ports = {
    orders: new MemoryOrderStore(...orders),
    customers: new MemoryCustomerHoldStore(),
  };
  await ports.customers.claim(
    'alice',
    { orderId: 'ord-1', units: 1, claimId: 'claim-1', until: NOON + seconds(720) },
    { holds: 9, units: 9 },
  );
  const result = await eraseCustomer(ports, { customerId: 'alice', limit: 100, now });
  return { ...ports, result: result.ok ? result.value : undefined };
};

describe('erasing a customer', () => {
  test.each<OrderStatus>(['FULFILLED', 'CANCELLED'])(
    'erases them from an order that is %s',
    async (status) => {
      const before = anOrderIn(status, { isReleased: true });
      const { placementId, claimId: _claimId, ...kept } = before;

      const { orders, customers, result } = await runErasure([before]);

      const after = orders.orders.get('ord-1');
      expect(result).toEqual({ erased: 1, open: [] });
      expect(after).toEqual({
        ...kept,
        customerId: 'erased-ord-1',
        requests: {},
        payment: { ...before.payment, paymentMethod: 'erased' },
        version: before.version + 1,
        updatedAt: after?.updatedAt,
      });
      expect(JSON.stringify(after)).not.toMatch(/alice|pm_ok|op-1|pay-1/);
      expect(orders.erasedPlacementIds).toEqual([placementId]);
      expect(customers.claims.has('alice')).toBe(false);
      // The change publishes no event.
      expect(eventsOf(before, after)).toEqual([]);
    },
  );

  test('removes the comment of staff from a cancellation', async () => {
    const at = new Date(NOON).toISOString();
    const timeline = [
      { at, status: 'CANCELLED', reason: 'cancelled by staff: Alice Smith called' },
    ] as const;

    const { orders } = await runErasure([anOrderIn('CANCELLED', { timeline })]);

    expect(orders.orders.get('ord-1')?.timeline).toEqual([
      { at, status: 'CANCELLED', reason: 'cancelled by staff' },
    ]);
  });

  test('erases an expired order', async () => {
    const { orders, result } = await runErasure([anOrder()], NOON + seconds(600));

    expect(result).toEqual({ erased: 1, open: [] });
    expect(orders.orders.get('ord-1')).toMatchObject({ customerId: 'erased-ord-1', payment: null });
  });

  test.each<OrderStatus>([
    'PENDING_PAYMENT',
    'PAYING',
    'CONFIRMED',
    'COMPLETED',
    'CANCELLING',
    'NEEDS_ATTENTION',
  ])('keeps an order that is %s and lists it', async (status) => {
    const { orders, customers, result } = await runErasure([anOrderIn(status)]);

    expect(result).toEqual({ erased: 0, open: [{ orderId: 'ord-1', status }] });
    expect(orders.saved).toEqual([]);
    expect(customers.claims.has('alice')).toBe(true);
  });

  test('keeps the record of holds while a hold may be open', async () => {
    const ports = { orders: new MemoryOrderStore(), customers: new MemoryCustomerHoldStore() };
    const claim = { orderId: 'ord-1', units: 1, claimId: 'claim-1', until: NOON + seconds(720) };
    await ports.customers.claim('alice', claim, { holds: 9, units: 9 });

    await eraseCustomer(ports, { customerId: 'alice', limit: 100, now: NOON });
    expect(ports.customers.claims.has('alice')).toBe(true);
    await eraseCustomer(ports, { customerId: 'alice', limit: 100, now: claim.until });

    expect(ports.customers.claims.has('alice')).toBe(false);
  });

  test("keeps another customer's orders, and does nothing the second time", async () => {
    const other = anOrderIn('FULFILLED', { orderId: 'ord-2', customerId: 'bob' });
    const { orders, customers } = await runErasure([anOrderIn('FULFILLED'), other]);

    const again = await eraseCustomer(
      { orders, customers },
      { customerId: 'alice', limit: 100, now: NOON },
    );

    expect(again).toMatchObject({ ok: true, value: { erased: 0, open: [] } });
    expect(orders.orders.get('ord-2')).toBe(other);
    expect(orders.saved).toHaveLength(1);
  });

  test('finds an order that the index does not list yet by the record of holds', async () => {
    const ports = {
      orders: Object.assign(new MemoryOrderStore(anOrderIn('CANCELLED')), {
        list: async () => ({ items: [] }),
      }),
      customers: new MemoryCustomerHoldStore(),
    };
    const claim = { orderId: 'ord-1', units: 1, claimId: 'claim-1', until: NOON + seconds(720) };
    await ports.customers.claim('alice', claim, { holds: 9, units: 9 });

    const result = await eraseCustomer(ports, { customerId: 'alice', limit: 100, now: NOON });

    expect(result).toMatchObject({ value: { erased: 1, open: [] } });
    expect(ports.orders.orders.get('ord-1')?.customerId).toBe('erased-ord-1');
  });

  test("keeps another customer's order that the index still lists under them", async () => {
    const other = anOrderIn('FULFILLED', { customerId: 'bob' });
    const orders = new MemoryOrderStore(other);
    const stale = Object.assign(orders, {
      list: async () => ({ items: [anOrderIn('FULFILLED')] }),
    });

    const result = await eraseCustomer(
      { orders: stale, customers: new MemoryCustomerHoldStore() },
      { customerId: 'alice', limit: 100, now: NOON },
    );

    expect(result).toMatchObject({ value: { erased: 0, open: [] } });
    expect(orders.orders.get('ord-1')).toBe(other);
  });

  test('decides again on an order that has changed concurrently', async () => {
    const ports = {
      orders: new MemoryOrderStore(anOrderIn('CANCELLED')),
      customers: new MemoryCustomerHoldStore(),
    };
    ports.orders.beforeWrite = () => {
      ports.orders.orders.set('ord-1', anOrderIn('CANCELLED', { version: 7 }));
    };

    const result = await eraseCustomer(ports, { customerId: 'alice', limit: 100, now: NOON });

    expect(result).toMatchObject({ ok: true, value: { erased: 1 } });
    expect(ports.orders.orders.get('ord-1')).toMatchObject({
      version: 8,
      customerId: 'erased-ord-1',
    });
  });
});
