import { describe, expect, test } from 'vitest';
import {
  CancelStaffOrderRequest,
  type OrderStatus,
  StaffOrdersQuery,
} from '../../../../lambdas/contracts/api/orders.ts';
import { orderItem } from '../../../../lambdas/orders/adapters/order-items.ts';
import { applyOrderChange } from '../../../../lambdas/orders/domain/order.ts';
import { toStaffOrderDetailView } from '../../../../lambdas/orders/presenters/order-views.ts';
import { cancelOrder } from '../../../../lambdas/orders/use-cases/checkout/cancel-order.ts';
import {
  getStaffOrder,
  listStaffOrders,
} from '../../../../lambdas/orders/use-cases/staff/staff-orders.ts';
import { err, ok } from '../../../../lambdas/shared/core/result.ts';
import { NOON, seconds } from '../../../support/inventory.ts';
import { FakeInventory, FakeSagas } from '../../../support/orders/fake-order-clients.ts';
import {
  MemoryCustomerHoldStore,
  MemoryOrderStore,
} from '../../../support/orders/memory-order-stores.ts';
import { anOrder, anOrderIn, aPayment } from '../../../support/orders/orders.ts';

const LATER_ISO = '2026-01-01T12:00:05.000Z';

describe('the order queues for staff', () => {
  test.each<[OrderStatus, string | undefined]>([
    ['PENDING_PAYMENT', undefined],
    ['PAYING', undefined],
    ['CONFIRMED', undefined],
    ['COMPLETED', 'toShip'],
    ['FULFILLED', undefined],
    ['CANCELLING', undefined],
    ['CANCELLED', undefined],
    ['NEEDS_ATTENTION', 'attention'],
  ])('contain an order that is %s in: %s', (status, queue) => {
    expect(orderItem(anOrderIn(status)).queue).toBe(queue);
  });

  test('keep the position of an order while its status stays', () => {
    const completed = applyOrderChange(
      anOrderIn('CONFIRMED'),
      { status: 'COMPLETED' },
      NOON + seconds(5),
    );
    const touched = applyOrderChange(
      completed,
      { stockOutcome: { status: 'committed' } },
      NOON + seconds(9),
    );

    expect([orderItem(completed).queued, orderItem(touched).queued]).toEqual([
      `${LATER_ISO}#ord-1`,
      `${LATER_ISO}#ord-1`,
    ]);
  });
});

describe('lists of orders for staff', () => {
  const orders = Object.assign(new MemoryOrderStore(anOrder()), {
    listQueue: async (queue: string) => ({ items: [anOrderIn('COMPLETED', { orderId: queue })] }),
  });
  const idsOf = async (query: Record<string, string>) => {
    const result = await listStaffOrders(orders, StaffOrdersQuery.parse(query));
    return result.ok ? result.value.items.map(({ orderId }) => orderId) : [];
  };

  test('return a queue, or the orders of a customer', async () => {
    expect(await idsOf({ queue: 'toShip' })).toEqual(['toShip']);
    expect(await idsOf({ customerId: 'alice' })).toEqual(['ord-1']);
    expect(await idsOf({ customerId: 'bob' })).toEqual([]);
  });

  test.each([{}, { queue: 'toShip', customerId: 'alice' }, { queue: 'other' }])(
    'reject a filter that is not exactly one of the two: %o',
    (query) => {
      expect(StaffOrdersQuery.safeParse(query).success).toBe(false);
    },
  );
});

describe('an order for staff', () => {
  const attempt = {
    attempt: 1,
    status: 'CAPTURED',
    amount: { amount: 1700, currency: 'EUR' },
    capturedAmount: { amount: 1700, currency: 'EUR' },
    refundedAmount: { amount: 0, currency: 'EUR' },
    updatedAt: LATER_ISO,
  };
  const reservation = { status: 'COMMITTED', expiresAt: null, lines: [] };
  const portsWith = (found: typeof reservation | undefined) => ({
    orders: new MemoryOrderStore(anOrderIn('COMPLETED', { payment: aPayment({ attempt: 2 }) })),
    reservations: { find: async () => found },
    payments: {
      listAttempts: async ({ attempts }: { attempts: number }) => Array(attempts).fill(attempt),
    },
  });
  const asked = { orderId: 'ord-1', correlationId: 'corr' };

  test('has its customer, its reservation and each payment attempt', async () => {
    const result = await getStaffOrder(portsWith(reservation), asked);

    expect(result.ok && toStaffOrderDetailView(result.value, NOON)).toMatchObject({
      orderId: 'ord-1',
      customerId: 'alice',
      status: 'COMPLETED',
      reservation,
      payments: [attempt, attempt],
    });
  });

  test('may have no reservation', async () => {
    expect(await getStaffOrder(portsWith(undefined), asked)).toMatchObject({
      ok: true,
      value: { reservation: null },
    });
  });

  test('that does not exist is notFound', async () => {
    expect(await getStaffOrder(portsWith(reservation), { ...asked, orderId: 'ord-2' })).toEqual(
      err({ kind: 'notFound' }),
    );
  });
});

describe('a cancellation by staff', () => {
  const command = {
    orderId: 'ord-1',
    operationId: 'op-9',
    fingerprint: 'print-9',
    reason: 'cancelled by staff: a scam',
    correlationId: 'corr-1',
    now: NOON,
  };
  const portsOf = (status: OrderStatus) => ({
    orders: new MemoryOrderStore(status === 'PENDING_PAYMENT' ? anOrder() : anOrderIn(status)),
    customers: new MemoryCustomerHoldStore(),
    inventory: new FakeInventory({ release: async () => ok(undefined) }),
    sagas: new FakeSagas(),
  });

  test('of an unpaid order releases its units and its claim', async () => {
    const ports = portsOf('PENDING_PAYMENT');
    const claim = { orderId: 'ord-1', units: 2, claimId: 'claim-1', until: NOON + seconds(720) };
    await ports.customers.claim('alice', claim, { holds: 1, units: 9 });

    const cancelled = await cancelOrder(ports, command);

    expect(cancelled).toMatchObject({ ok: true, value: { status: 'CANCELLED' } });
    expect(cancelled.ok && cancelled.value.timeline.at(-1)?.reason).toBe(
      'cancelled by staff: a scam',
    );
    expect(ports.inventory.requests.release).toHaveLength(1);
    expect(ports.customers.claims.get('alice')).toMatchObject({ openHolds: 0, openUnits: 0 });
  });

  test('of a completed order starts the saga that reverses payment and stock', async () => {
    const ports = portsOf('COMPLETED');

    expect(await cancelOrder(ports, command)).toMatchObject({
      ok: true,
      value: { status: 'CANCELLING' },
    });
    expect(ports.sagas.executions).toEqual(['ord-1-cancel-2']);
  });

  test('requires a reason', () => {
    expect(CancelStaffOrderRequest.safeParse({}).success).toBe(false);
    expect(CancelStaffOrderRequest.safeParse({ reason: '' }).success).toBe(false);
  });
});
