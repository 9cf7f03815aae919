import { describe, expect, inject, test } from 'vitest';
import {
  checkInvariants,
  readSystemState,
  type SystemState,
} from '../simulator/checks/invariants.ts';
import { idealConditions } from '../simulator/conditions.ts';
import { loadSystemModel } from '../simulator/system-model.ts';
import { World } from '../simulator/world.ts';
import { runChaosScenario } from './chaos-scenario.ts';

/** `npm run test:chaos` tells thousands of stories; every test run a few. */
const MILLISECONDS_PER_DAY = 86_400_000;
/** Another scenario each day, so that small samples add up; STOCKBOOK_SEED repeats one. */
const DAILY_SEED = Number(
  process.env.STOCKBOOK_SEED ?? Math.floor(Date.now() / MILLISECONDS_PER_DAY),
);
const CUSTOMERS = 40;
const SEED = 1;
const STAFF = { user: 'staff' };

const systemModel = await loadSystemModel(inject('assembly'));

describe('a shop on a bad day', () => {
  test.each([DAILY_SEED])('keeps every invariant, and every saga ends (seed %i)', async (seed) => {
    const report = await runChaosScenario(systemModel, { seed, customers: CUSTOMERS });

    expect(report.violations).toEqual([]);
    expect(report.orders).not.toHaveProperty('PAYING');
    expect(Object.keys(report.sagas).some((name) => name.endsWith('RUNNING'))).toBe(false);
    for (const fault of [
      'crashBefore',
      'crashAfter',
      'lostResponse',
      'timeout',
      'throttle',
      'partialBatch',
    ])
      expect(report.faults[fault] ?? 0, fault).toBeGreaterThan(0);
  });

  test('is the same story when it is run again: the same faults at the same times', async () => {
    const [one, again] = [
      await runChaosScenario(systemModel, { seed: SEED, customers: 8 }),
      await runChaosScenario(systemModel, { seed: SEED, customers: 8 }),
    ];

    expect(again.trace).toEqual(one.trace);
    expect(again.orders).toEqual(one.orders);
  });

  test('keeps the faults of those who stay, when others stay at home', async () => {
    const whole = await runChaosScenario(systemModel, { seed: SEED, customers: 12 });
    const absentCustomers = new Set(Array.from({ length: 6 }, (_, number) => number));
    const smaller = await runChaosScenario(systemModel, {
      seed: SEED,
      customers: 12,
      absentCustomers,
    });
    // Of each order's first try, the calls before inventory answers: what comes after hangs on the others, who may take the last unit.
    const placing = (keys: readonly string[]) =>
      keys.filter((key) => /^orders\/place-order \S+#1@[0-3]$/.test(key));

    expect(placing(smaller.faultKeys).length).toBeGreaterThan(0);
    expect(placing(whole.faultKeys)).toEqual(expect.arrayContaining(placing(smaller.faultKeys)));
  });
});

describe('what is checked of the books', () => {
  /** A completed order and all that belongs to it, as the tables have it. */
  const soundBooks = (): Promise<{ books: SystemState; now: number }> =>
    new World(systemModel, idealConditions).run(async (world) => {
      const by = { user: 'alice' };
      const unitPrice = { amount: 500, currency: 'EUR' };
      await world.request('PUT /products/tea', { by: STAFF, body: { name: 'tea', unitPrice } });
      await world.request('PUT /stock/tea', { by: STAFF, body: { name: 'tea' } });
      await world.request('POST /stock/tea/receipts', {
        by: STAFF,
        key: 'in',
        body: { quantity: 10 },
      });
      const lines = [{ sku: 'tea', quantity: 2 }];
      const { body } = await world.request('POST /orders', { by, key: 'order', body: { lines } });
      await world.request(`POST /orders/${body.orderId}/payment`, {
        by,
        key: 'pay',
        body: { paymentMethod: 'pm_ok' },
      });
      await world.settle();
      return { books: readSystemState(world), now: world.time.now };
    });

  test('sound ones break nothing', async () => {
    const { books, now } = await soundBooks();

    expect(books.orders.map(({ status }) => status)).toEqual(['COMPLETED']);
    expect(checkInvariants(books, now)).toEqual([]);
  });

  test.each<[breaks: string, spoil: (books: SystemState) => SystemState]>([
    [
      'I1',
      (books) => ({
        ...books,
        cells: books.cells.map((one) => ({ ...one, cell: { ...one.cell, available: 9 } })),
      }),
    ],
    [
      'I1',
      (books) => ({
        ...books,
        cells: books.cells.map((one) => ({ ...one, movements: one.movements.slice(1) })),
      }),
    ],
    ['I1', (books) => ({ ...books, openShards: new Map([['tea', 0]]) })],
    ['I2', (books) => ({ ...books, reservations: new Map() })],
    [
      'I3',
      (books) => ({ ...books, cellOperations: [...books.cellOperations, ...books.cellOperations] }),
    ],
    ['I5', (books) => ({ ...books, providerRecords: new Map() })],
    [
      'I5',
      (books) => ({
        ...books,
        orders: books.orders.map((order) => ({ ...order, status: 'CANCELLED' as const })),
      }),
    ],
    [
      'I5',
      (books) => ({
        ...books,
        orders: books.orders.map((order) => ({ ...order, status: 'PENDING_PAYMENT' as const })),
      }),
    ],
    [
      'I5',
      (books) => ({
        ...books,
        orders: books.orders.map((order) => ({ ...order, status: 'CONFIRMED' as const })),
      }),
    ],
    [
      'I6',
      (books) => ({
        ...books,
        payments: books.payments.map((payment) => ({ ...payment, refundedAmount: 1001 })),
      }),
    ],
  ])('a violation of %s is reported', async (breaks, spoil) => {
    const { books, now } = await soundBooks();

    expect(checkInvariants(spoil(books), now).map((violation) => violation.slice(0, 2))).toContain(
      breaks,
    );
  });
});
