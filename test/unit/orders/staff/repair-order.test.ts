import { describe, expect, test } from 'vitest';
import type { SagaExecutionStatus } from '../../../../lambdas/contracts/api/audit.ts';
import type { Order, Saga } from '../../../../lambdas/orders/domain/order.ts';
import {
  decideRepair,
  type RepairCommand,
} from '../../../../lambdas/orders/domain/repair-order.ts';
import { auditOrders } from '../../../../lambdas/orders/use-cases/staff/audit-orders.ts';
import { repairOrder } from '../../../../lambdas/orders/use-cases/staff/repair-order.ts';
import { NOON, seconds } from '../../../support/inventory.ts';
import { FakeSagas } from '../../../support/orders/fake-order-clients.ts';
import { MemoryOrderStore } from '../../../support/orders/memory-order-stores.ts';
import { anOrderIn, NOON_ISO } from '../../../support/orders/orders.ts';

const LATER = NOON + seconds(3_600);
const LATER_ISO = '2026-01-01T13:00:00.000Z';
const PROCESS: Saga = { machine: 'process', name: 'ord-1-1' };

const repairCommand = (overrides: Partial<RepairCommand> = {}): RepairCommand => ({
  operationId: 'repair-1',
  fingerprint: 'print-1',
  findingId: 'fnd-1',
  version: 2,
  action: 'resume',
  executionStatus: 'NOT_STARTED',
  now: LATER,
  ...overrides,
});

describe('resuming', () => {
  test('starts the saga that was never started under its name, and records it in the timeline', () => {
    const order = anOrderIn('PAYING');

    expect(decideRepair(order, repairCommand())).toEqual({
      ok: true,
      value: {
        isChanged: true,
        order: {
          ...order,
          requests: {
            ...order.requests,
            'repair-1': {
              fingerprint: 'print-1',
              responseStatus: 'PAYING',
              saga: PROCESS,
              resumptionVersion: order.version,
            },
          },
          timeline: [
            ...order.timeline,
            { at: LATER_ISO, status: 'PAYING', reason: 'saga started by repair fnd-1' },
          ],
          version: 3,
          updatedAt: LATER_ISO,
        },
      },
    });
  });

  test.each([
    ['PAYING', 'FAILED'],
    ['CONFIRMED', 'TIMED_OUT'],
    ['CANCELLING', 'ABORTED'],
    ['NEEDS_ATTENTION', 'FAILED'],
  ] as const)(
    'compensates an order that is %s and whose saga has %s in a new execution',
    (status, executionStatus) => {
      const decision = decideRepair(anOrderIn(status), repairCommand({ executionStatus }));

      const saga: Saga = { machine: 'cancel', name: 'ord-1-resume-2' };
      expect(decision).toMatchObject({
        ok: true,
        value: {
          order: {
            status: 'CANCELLING',
            saga,
            requests: { 'repair-1': { responseStatus: 'CANCELLING', saga } },
          },
        },
      });
      expect(decision.ok && decision.value.order.timeline.at(-1)).toEqual({
        at: LATER_ISO,
        status: 'CANCELLING',
        reason: 'resumed by repair fnd-1',
      });
    },
  );

  test('completes an order whose saga succeeded and whose event was lost', () => {
    const order = anOrderIn('CONFIRMED', { stockOutcome: { status: 'committed' } });

    const decision = decideRepair(order, repairCommand({ executionStatus: 'SUCCEEDED' }));

    expect(decision).toMatchObject({
      ok: true,
      value: {
        isChanged: true,
        order: {
          status: 'COMPLETED',
          payment: { status: 'CAPTURED' },
          requests: { 'repair-1': { fingerprint: 'print-1', responseStatus: 'COMPLETED' } },
          version: 3,
        },
      },
    });
    expect(decision.ok && decision.value.order.saga).toEqual(PROCESS);
    expect(decision.ok && decision.value.order.timeline.at(-1)).toEqual({
      at: LATER_ISO,
      status: 'COMPLETED',
      reason: 'completed by repair fnd-1',
    });
  });

  test('compensates an order in progress without a saga', () => {
    const { saga: _none, ...order } = anOrderIn('CONFIRMED');

    expect(decideRepair(order, repairCommand())).toMatchObject({
      ok: true,
      value: { order: { status: 'CANCELLING' } },
    });
  });

  test.each([
    ['PAYING', 'RUNNING', { kind: 'sagaRunning' }],
    ['CONFIRMED', 'RUNNING', { kind: 'sagaRunning' }],
    ['PAYING', 'SUCCEEDED', { kind: 'notResumable', orderStatus: 'PAYING' }],
    ['CANCELLING', 'SUCCEEDED', { kind: 'notResumable', orderStatus: 'CANCELLING' }],
    // Its stock outcome never arrived.
    ['CONFIRMED', 'SUCCEEDED', { kind: 'notResumable', orderStatus: 'CONFIRMED' }],
  ] as const)(
    'rejects an order that is %s and whose saga is %s',
    (status, executionStatus, error) => {
      expect(decideRepair(anOrderIn(status), repairCommand({ executionStatus }))).toEqual({
        ok: false,
        error,
      });
    },
  );

  test.each(['PENDING_PAYMENT', 'COMPLETED', 'FULFILLED', 'CANCELLED'] as const)(
    'rejects an order without work in progress: %s',
    (status) => {
      expect(decideRepair(anOrderIn(status), repairCommand())).toEqual({
        ok: false,
        error: { kind: 'notResumable', orderStatus: status },
      });
    },
  );
});

describe('cancelling', () => {
  test('cancels a completed order through the saga, with a reason that names the finding', () => {
    const decision = decideRepair(anOrderIn('COMPLETED'), repairCommand({ action: 'cancel' }));

    expect(decision).toMatchObject({
      ok: true,
      value: {
        order: { status: 'CANCELLING', saga: { machine: 'cancel', name: 'ord-1-cancel-2' } },
      },
    });
    expect(decision.ok && decision.value.order.timeline.at(-1)?.reason).toBe(
      'cancelled by repair fnd-1',
    );
  });

  test.each(['CANCELLING', 'CANCELLED'] as const)(
    'leaves an order that is %s unchanged',
    (status) => {
      expect(decideRepair(anOrderIn(status), repairCommand({ action: 'cancel' }))).toMatchObject({
        ok: true,
        value: { isChanged: false },
      });
    },
  );

  test.each(['PENDING_PAYMENT', 'PAYING', 'CONFIRMED', 'NEEDS_ATTENTION'] as const)(
    'rejects an order with work in progress: %s',
    (status) => {
      expect(decideRepair(anOrderIn(status), repairCommand({ action: 'cancel' }))).toEqual({
        ok: false,
        error: { kind: 'sagaRunning' },
      });
    },
  );

  test('rejects an order whose goods have shipped', () => {
    expect(decideRepair(anOrderIn('FULFILLED'), repairCommand({ action: 'cancel' }))).toEqual({
      ok: false,
      error: { kind: 'alreadyFulfilled' },
    });
  });
});

test.each([1, 3])(
  'does not change an order at version %i when version 2 was audited',
  (version) => {
    expect(decideRepair(anOrderIn('PAYING'), repairCommand({ version }))).toEqual({
      ok: false,
      error: { kind: 'versionConflict' },
    });
  },
);

async function createPorts(order: Order, executionStatus: SagaExecutionStatus = 'NOT_STARTED') {
  const orders = new MemoryOrderStore();
  await orders.create({ ...order, version: 1 });
  const sagas = Object.assign(new FakeSagas(), { executionStatus: async () => executionStatus });
  return { orders, sagas };
}

describe('the command', () => {
  const {
    executionStatus: _executionStatus,
    operationId: _operationId,
    ...command
  } = { ...repairCommand({ version: 1 }), orderId: 'ord-1' };

  test('starts the saga, and again in a repeat without changing the order', async () => {
    const ports = await createPorts(anOrderIn('PAYING'));

    const first = await repairOrder(ports, command);
    const again = await repairOrder(ports, { ...command, now: command.now + seconds(60) });

    expect(again).toEqual(first);
    expect(ports.sagas.executions).toEqual(['ord-1-1']);
    expect(ports.sagas.starts).toHaveLength(2);
    expect((await ports.orders.get('ord-1'))?.version).toBe(2);
  });

  test('rejects an unknown order', async () => {
    const ports = await createPorts(anOrderIn('PAYING'));

    expect(await repairOrder(ports, { ...command, orderId: 'ord-2' })).toEqual({
      ok: false,
      error: { kind: 'notFound' },
    });
  });

  test('rejects a key that was used for another repair', async () => {
    const ports = await createPorts(anOrderIn('PAYING'));
    await repairOrder(ports, command);

    expect(await repairOrder(ports, { ...command, fingerprint: 'print-2' })).toEqual({
      ok: false,
      error: { kind: 'keyReused' },
    });
  });
});

describe('an audit of orders', () => {
  const portsWith = (...orders: Order[]) => ({
    orders: {
      getAll: async (ids: readonly string[]) => ({
        items: orders.filter(({ orderId }) => ids.includes(orderId)),
        unreadable: [],
      }),
      scanSegment: async () => ({ items: orders, unreadable: [], cursor: 'next' }),
    },
    sagas: { executionStatus: async () => 'RUNNING' as const },
  });
  const segment = { segment: 0, segments: 1 };

  test('returns what the reconciler compares, without the customer and the payment method', async () => {
    const result = await auditOrders(portsWith(anOrderIn('COMPLETED')), segment, NOON);

    expect(result).toEqual({
      ok: true,
      value: {
        items: [
          {
            orderId: 'ord-1',
            status: 'COMPLETED',
            version: 2,
            since: NOON_ISO,
            createdAt: NOON_ISO,
            lines: [{ sku: 'tea', quantity: 2 }],
            total: { amount: 1700, currency: 'EUR' },
            attempt: 1,
          },
        ],
        unreadable: [],
        cursor: 'next',
      },
    });
  });

  test.each([
    [360, false],
    [361, true],
  ])('looks up the saga of an order in progress for %i seconds: %s', async (age, isAsked) => {
    const result = await auditOrders(portsWith(anOrderIn('PAYING')), segment, NOON + seconds(age));

    const saga = result.ok ? result.value.items[0]?.saga : undefined;
    expect(saga).toEqual(isAsked ? { name: 'ord-1-1', execution: 'RUNNING' } : undefined);
  });

  test('counts the age of a status from its first entry, not from later ones', async () => {
    const order = anOrderIn('PAYING');
    const noted = {
      ...order,
      timeline: [...order.timeline, { at: LATER_ISO, status: 'PAYING' as const, reason: 'x' }],
    };

    const result = await auditOrders(portsWith(noted), { ...segment, ids: ['ord-1'] }, LATER);

    expect(result.ok && result.value.items[0]?.since).toBe(NOON_ISO);
  });
});
