import { describe, expect, test } from 'vitest';
import { ATTEMPTS_MAX } from '../../../../lambdas/orders/use-cases/change-order.ts';
import {
  cancelOrder,
  fulfilOrder,
  resumeOrder,
} from '../../../../lambdas/orders/use-cases/checkout/cancel-order.ts';
import { RetryLaterError } from '../../../../lambdas/shared/core/errors.ts';
import { err, ok } from '../../../../lambdas/shared/core/result.ts';
import { NOON } from '../../../support/inventory.ts';
import { crash, createOrderPorts, storedOrderOf } from '../../../support/orders/order-ports.ts';
import { anOrder, anOrderIn, aPayment, euros } from '../../../support/orders/orders.ts';

const command = {
  orderId: 'ord-1',
  customerId: 'alice',
  operationId: 'op-1',
  fingerprint: 'print-1',
  reason: 'cancelled by the customer',
  correlationId: 'corr-1',
  now: NOON,
};

describe('cancelling an unpaid order', () => {
  test('writes CANCELLED first, then releases the units, and starts no saga', async () => {
    const ports = createOrderPorts();
    const seen: (string | undefined)[] = [];
    ports.inventory.responses.release = async () => {
      seen.push(storedOrderOf(ports)?.status);
      return ok(undefined);
    };

    const cancelled = await cancelOrder(ports, command);

    expect(cancelled).toMatchObject({ ok: true, value: { status: 'CANCELLED' } });
    expect(seen).toEqual(['CANCELLED']);
    expect(ports.inventory.requests.release).toMatchObject([
      { orderId: 'ord-1', correlationId: 'corr-1' },
    ]);
    expect(ports.sagas.starts).toEqual([]);
  });

  test('releases the units in the repeat when the first release failed', async () => {
    const ports = createOrderPorts();
    const { release } = ports.inventory.responses;
    ports.inventory.responses.release = () =>
      Promise.reject(new RetryLaterError('inventory did not respond'));
    await expect(cancelOrder(ports, command)).rejects.toBeInstanceOf(RetryLaterError);
    ports.inventory.responses.release = release;

    const repeated = await cancelOrder(ports, command);

    expect(repeated).toMatchObject({ ok: true, value: { status: 'CANCELLED', version: 2 } });
    expect(ports.inventory.requests.release).toHaveLength(2);
  });

  test('changes nothing when repeated with another key', async () => {
    const ports = createOrderPorts();
    const first = await cancelOrder(ports, command);

    const second = await cancelOrder(ports, { ...command, operationId: 'op-2' });

    expect(second).toEqual(first);
    expect(ports.orders.saved).toHaveLength(1);
  });
});

describe('cancelling a completed order', () => {
  const completed = anOrderIn('COMPLETED', {
    version: 4,
    payment: aPayment({ status: 'CAPTURED', attempt: 3 }),
  });
  const started = {
    saga: { machine: 'cancel', name: 'ord-1-cancel-4' },
    input: {
      orderId: 'ord-1',
      attempt: 3,
      correlationId: 'corr-0',
      total: euros(1700),
      paymentMethod: 'pm_ok',
    },
  };

  test('starts the saga, which releases the units', async () => {
    const ports = createOrderPorts(completed);

    const cancelling = await cancelOrder(ports, command);

    expect(cancelling).toMatchObject({ ok: true, value: { status: 'CANCELLING' } });
    expect(ports.sagas.starts).toEqual([started]);
    expect(ports.inventory.requests.release).toEqual([]);
  });

  test('starts the same execution in a repeat, also after a crash before the start', async () => {
    const ports = createOrderPorts(completed);
    ports.sagas.beforeStart = crash;
    await expect(cancelOrder(ports, command)).rejects.toThrow('the function died');

    await cancelOrder(ports, command);
    await cancelOrder(ports, command);

    expect(ports.sagas.starts).toEqual([started, started]);
  });

  test('starts one execution for two concurrent requests with different keys', async () => {
    const ports = createOrderPorts(completed);

    const answers = await Promise.all([
      cancelOrder(ports, command),
      cancelOrder(ports, { ...command, operationId: 'op-2' }),
    ]);

    expect(answers.map((answer) => answer.ok && answer.value.status)).toEqual([
      'CANCELLING',
      'CANCELLING',
    ]);
    expect(ports.sagas.executions).toEqual(['ord-1-cancel-4']);
  });

  test('rejects one of a concurrent cancellation and fulfilment', async () => {
    const ports = createOrderPorts(completed);
    ports.orders.beforeWrite = () => fulfilOrder(ports, { ...command, operationId: 'ship' });

    const cancelled = await cancelOrder(ports, command);

    expect(cancelled).toEqual(err({ kind: 'alreadyFulfilled' }));
    expect(storedOrderOf(ports)?.status).toBe('FULFILLED');
    expect(ports.sagas.starts).toEqual([]);
  });
});

describe('cancelling', () => {
  test.each([
    ['an unknown order', { orderId: 'ord-2' }],
    ["another's order", { customerId: 'bob' }],
  ])('returns notFound for %s and changes nothing', async (_case, overrides) => {
    const ports = createOrderPorts();

    const cancelled = await cancelOrder(ports, { ...command, ...overrides });

    expect(cancelled).toEqual(err({ kind: 'notFound' }));
    expect(storedOrderOf(ports)).toEqual(anOrder());
    expect(ports.inventory.requests.release).toEqual([]);
  });

  test.each(['PAYING', 'CONFIRMED', 'NEEDS_ATTENTION'] as const)(
    'releases and starts nothing for an order that is %s',
    async (status) => {
      const ports = createOrderPorts(anOrderIn(status));

      const cancelled = await cancelOrder(ports, command);

      expect(cancelled).toEqual(err({ kind: 'inProgress' }));
      expect(ports.inventory.requests.release).toEqual([]);
      expect(ports.sagas.starts).toEqual([]);
    },
  );
});

describe('fulfilling', () => {
  test("fulfils any customer's order", async () => {
    const ports = createOrderPorts(anOrderIn('COMPLETED', { customerId: 'bob' }));

    const fulfilled = await fulfilOrder(ports, command);

    expect(fulfilled).toMatchObject({ ok: true, value: { status: 'FULFILLED' } });
  });

  test('rejects an unknown order', async () => {
    expect(await fulfilOrder(createOrderPorts(), { ...command, orderId: 'ord-2' })).toEqual(
      err({ kind: 'notFound' }),
    );
  });
});

describe('resuming', () => {
  const parked = anOrderIn('NEEDS_ATTENTION', { version: 7 });

  test('starts the compensation again in a new execution', async () => {
    const ports = createOrderPorts(parked);

    const resumed = await resumeOrder(ports, command);

    expect(resumed).toMatchObject({ ok: true, value: { status: 'CANCELLING' } });
    expect(ports.sagas.executions).toEqual(['ord-1-resume-7']);
  });

  test('starts it in a repeat after a crash before the start', async () => {
    const ports = createOrderPorts(parked);
    ports.sagas.beforeStart = crash;
    await expect(resumeOrder(ports, command)).rejects.toThrow('the function died');

    await resumeOrder(ports, command);

    expect(ports.sagas.executions).toEqual(['ord-1-resume-7']);
  });

  test('starts another execution for an order that was flagged again', async () => {
    const ports = createOrderPorts(parked);
    await resumeOrder(ports, command);
    ports.orders.orders.set('ord-1', anOrderIn('NEEDS_ATTENTION', { version: 9 }));

    await resumeOrder(ports, { ...command, operationId: 'op-2' });

    expect(ports.sagas.executions).toEqual(['ord-1-resume-7', 'ord-1-resume-9']);
  });

  test('rejects an order that does not need attention, and starts nothing', async () => {
    const ports = createOrderPorts(anOrderIn('CANCELLED'));

    const resumed = await resumeOrder(ports, command);

    expect(resumed).toEqual(err({ kind: 'notResumable', orderStatus: 'CANCELLED' }));
    expect(ports.sagas.starts).toEqual([]);
  });
});

describe('concurrent changes of an order', () => {
  /** Returns ports in which another write precedes each of the first `count` writes. */
  const contended = (count: number) => {
    const ports = createOrderPorts(anOrderIn('COMPLETED'));
    let left = count;
    const touch = () => {
      const order = storedOrderOf(ports);
      if (order !== undefined)
        ports.orders.orders.set('ord-1', { ...order, version: order.version + 1 });
      left -= 1;
      ports.orders.beforeWrite = left > 0 ? touch : undefined;
    };
    ports.orders.beforeWrite = count > 0 ? touch : undefined;
    return ports;
  };

  test.each([
    [ATTEMPTS_MAX - 2, true],
    [ATTEMPTS_MAX - 1, true],
    [ATTEMPTS_MAX, false],
  ])(
    `are attempted up to ${ATTEMPTS_MAX} times; after %i conflicts the order is written: %s`,
    async (losses, isWritten) => {
      const ports = contended(losses);

      const fulfilling = fulfilOrder(ports, command);

      if (isWritten) await expect(fulfilling).resolves.toMatchObject({ ok: true });
      else
        await expect(fulfilling).rejects.toEqual(
          new RetryLaterError('order ord-1 changed during each of 8 attempts'),
        );
      expect(storedOrderOf(ports)?.status).toBe(isWritten ? 'FULFILLED' : 'COMPLETED');
    },
  );
});
