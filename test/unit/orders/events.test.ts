import { describe, expect, test } from 'vitest';
import type { OrderStatus } from '../../../lambdas/contracts/api/orders.ts';
import { type OrderEvent, OrderEvents } from '../../../lambdas/contracts/events.ts';
import { orderItem, productItem } from '../../../lambdas/orders/adapters/order-items.ts';
import { eventsOfItems } from '../../../lambdas/orders/adapters/order-records.ts';
import { eventsOf } from '../../../lambdas/orders/domain/events.ts';
import { anOrder, anOrderIn, aProduct, euros, NOON_ISO } from '../../support/orders/orders.ts';

const data = {
  orderId: 'ord-1',
  customerId: 'alice',
  lines: [{ sku: 'tea', quantity: 2 }],
  total: euros(1700),
};
/** Data of the events that have the locations of the units. */
const located = {
  ...data,
  lines: [{ sku: 'tea', quantity: 2, allocations: [{ locationId: 'main', quantity: 2 }] }],
};
/** Parses each event by the contract's schema, which must keep all that was published. */
const parseEvents = (events: readonly OrderEvent[]) =>
  events.map(({ type, detail }) => ({ type, detail: OrderEvents[type].parse(detail) }));
const orderWithReason = (status: OrderStatus, reason: string) =>
  anOrderIn(status, { version: 6, timeline: [{ at: NOON_ISO, status, reason }] });

test('publishes OrderPlaced for a new order', () => {
  const events = eventsOf(undefined, anOrder());

  expect(events).toEqual([
    {
      type: 'OrderPlaced',
      detail: {
        eventId: 'order/ord-1/1/OrderPlaced',
        version: 1,
        occurredAt: NOON_ISO,
        correlationId: 'corr-0',
        data: located,
      },
    },
  ]);
  expect(parseEvents(events)).toEqual(events);
});

test.each([
  ['PAYING', 'CONFIRMED', 'OrderConfirmed'],
  ['CONFIRMED', 'COMPLETED', 'OrderCompleted'],
  ['COMPLETED', 'FULFILLED', 'OrderFulfilled'],
] as const)('publishes the change from %s to %s as %s', (from, to, type) => {
  const events = eventsOf(anOrderIn(from, { version: 4 }), anOrderIn(to, { version: 5 }));

  expect(events).toEqual([
    {
      type,
      detail: {
        eventId: `order/ord-1/5/${type}`,
        version: 1,
        occurredAt: NOON_ISO,
        correlationId: 'corr-0',
        data: type === 'OrderConfirmed' ? located : data,
      },
    },
  ]);
  expect(parseEvents(events)).toEqual(events);
});

test('publishes the locations at which the units are held', () => {
  const allocations = [
    { locationId: 'main', quantity: 1 },
    { locationId: 'shop', quantity: 1 },
  ];
  const lines = anOrder().lines.map((line) => ({ ...line, allocations }));

  const events = eventsOf(undefined, anOrder({ lines }));

  expect(events).toMatchObject([
    {
      type: 'OrderPlaced',
      detail: { data: { lines: [{ sku: 'tea', quantity: 2, allocations }] } },
    },
  ]);
  expect(parseEvents(events)).toEqual(events);
});

test.each([
  ['CANCELLED', 'OrderCancelled'],
  ['NEEDS_ATTENTION', 'OrderNeedsAttention'],
] as const)('publishes %s as %s with the reason', (status, type) => {
  const events = eventsOf(
    anOrderIn('CANCELLING'),
    orderWithReason(status, 'cancelled by the customer'),
  );

  expect(events).toEqual([
    {
      type,
      detail: {
        eventId: `order/ord-1/6/${type}`,
        version: 1,
        occurredAt: NOON_ISO,
        correlationId: 'corr-0',
        data: { ...data, reason: 'cancelled by the customer' },
      },
    },
  ]);
  expect(parseEvents(events)).toEqual(events);
});

test('publishes an empty reason when there is none', () => {
  const events = eventsOf(anOrderIn('CANCELLING'), anOrderIn('CANCELLED'));

  expect(parseEvents(events)).toMatchObject([{ detail: { data: { reason: '' } } }]);
});

test.each([
  ['PENDING_PAYMENT', 'PAYING'],
  ['PAYING', 'PENDING_PAYMENT'],
  ['COMPLETED', 'CANCELLING'],
] as const)('publishes nothing for the change from %s to %s', (from, to) => {
  expect(eventsOf(anOrderIn(from), anOrderIn(to))).toEqual([]);
});

test('publishes nothing while the status stays', () => {
  const before = anOrderIn('CONFIRMED', { taskToken: 'token-1' });

  expect(eventsOf(before, { ...before, taskToken: 'token-2', version: 3 })).toEqual([]);
});

test('publishes nothing for a removed order', () => {
  expect(eventsOf(anOrder(), undefined)).toEqual([]);
});

describe('items of the stream', () => {
  test('are read as orders', () => {
    const [before, after] = [anOrderIn('PAYING'), anOrderIn('CONFIRMED', { version: 3 })];

    expect(eventsOfItems(orderItem(before), orderItem(after))).toEqual(eventsOf(before, after));
    expect(eventsOfItems(undefined, orderItem(anOrder()))).toEqual(eventsOf(undefined, anOrder()));
  });

  test('publish nothing for products and removed items', () => {
    expect(eventsOfItems(undefined, productItem(aProduct()))).toEqual([]);
    expect(eventsOfItems(orderItem(anOrder()), undefined)).toEqual([]);
  });
});
