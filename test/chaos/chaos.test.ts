import { describe, expect, inject, test } from 'vitest';
import {
  checkInvariants,
  readSystemState,
  type SystemState,
} from '../simulator/checks/invariants.ts';
import { idealConditions } from '../simulator/conditions.ts';
import { loadSystemModel } from '../simulator/system-model.ts';
import { World } from '../simulator/world.ts';
import { DAILY_SEED } from '../support/daily-seed.ts';
import { runChaosScenario } from './chaos-scenario.ts';

const CUSTOMERS = 40;
const SEED = 1;
const STAFF = { user: 'staff' };

const systemModel = await loadSystemModel(inject('assembly'));

describe('a chaos scenario', () => {
  test.each([DAILY_SEED])(
    'breaks no invariant and leaves no saga running (seed %i)',
    async (seed) => {
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
    },
  );

  test('has the same faults at the same times when it runs again', async () => {
    const [first, second] = [
      await runChaosScenario(systemModel, { seed: SEED, customers: 8 }),
      await runChaosScenario(systemModel, { seed: SEED, customers: 8 }),
    ];

    expect(second.trace).toEqual(first.trace);
    expect(second.orders).toEqual(first.orders);
  });

  test('keeps the faults of the remaining customers when others are removed', async () => {
    const whole = await runChaosScenario(systemModel, { seed: SEED, customers: 12 });
    const absentCustomers = new Set(Array.from({ length: 6 }, (_, number) => number));
    const smaller = await runChaosScenario(systemModel, {
      seed: SEED,
      customers: 12,
      absentCustomers,
    });
    // The calls of an order's first attempt before inventory responds. Later calls depend on other
    // customers, who may get the last unit.
    const firstFaultsOf = (keys: readonly string[]) =>
      keys.filter((key) => /^orders\/place-order \S+#1@[0-3]$/.test(key));

    expect(firstFaultsOf(smaller.faultKeys).length).toBeGreaterThan(0);
    expect(firstFaultsOf(whole.faultKeys)).toEqual(
      expect.arrayContaining(firstFaultsOf(smaller.faultKeys)),
    );
  });
});

describe('checkInvariants', () => {
  /** Returns the state after one completed order. */
  const completedOrderState = (): Promise<{ books: SystemState; now: number }> =>
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

  test('returns nothing for a correct state', async () => {
    const { books, now } = await completedOrderState();

    expect(books.orders.map(({ status }) => status)).toEqual(['COMPLETED']);
    expect(checkInvariants(books, now)).toEqual([]);
  });

  test.each<[invariant: string, damage: (books: SystemState) => SystemState]>([
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
  ])('reports a violation of %s', async (invariant, damage) => {
    const { books, now } = await completedOrderState();

    expect(checkInvariants(damage(books), now).map((violation) => violation.slice(0, 2))).toContain(
      invariant,
    );
  });
});
