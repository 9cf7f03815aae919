import { describe, expect, test } from 'vitest';
import { PAYMENT_HOLD_SECONDS_MIN } from '../../../../lambdas/orders/domain/customer-steps.ts';
import { cancelOrder } from '../../../../lambdas/orders/use-cases/checkout/cancel-order.ts';
import { payOrder } from '../../../../lambdas/orders/use-cases/checkout/pay-order.ts';
import { rejectPayment } from '../../../../lambdas/orders/use-cases/saga/saga-steps.ts';
import { RetryLaterError } from '../../../../lambdas/shared/core/errors.ts';
import { err } from '../../../../lambdas/shared/core/result.ts';
import { NOON, seconds } from '../../../support/inventory.ts';
import { FakeInventory } from '../../../support/orders/fake-order-clients.ts';
import { crash, createOrderPorts, storedOrderOf } from '../../../support/orders/order-ports.ts';
import {
  anOrder,
  anOrderIn,
  EXPIRES_AT,
  EXPIRES_AT_INSTANT,
  euros,
} from '../../../support/orders/orders.ts';

type Command = Parameters<typeof payOrder>[1];

const EXTENDED_TO = '2026-01-01T12:25:00.000Z';
const payInput = (overrides: Partial<Command> = {}): Command => ({
  orderId: 'ord-1',
  customerId: 'alice',
  paymentMethod: 'pm_ok',
  operationId: 'pay-1',
  fingerprint: 'print-pay',
  claimId: 'claim-2',
  holdSeconds: 600,
  caps: { holds: 100, units: 10_000 },
  correlationId: 'corr-1',
  now: NOON,
  ...overrides,
});
/** A time at which less of the hold is left than a payment may take. */
const LATE = EXPIRES_AT_INSTANT - seconds(PAYMENT_HOLD_SECONDS_MIN) + 1;

describe('paying', () => {
  test('starts the saga of the attempt with its input', async () => {
    const ports = createOrderPorts();

    const paid = await payOrder(ports, payInput());

    expect(paid).toMatchObject({ ok: true, value: { status: 'PAYING', version: 2 } });
    expect(ports.sagas.starts).toEqual([
      {
        saga: { machine: 'process', name: 'ord-1-1' },
        input: {
          orderId: 'ord-1',
          attempt: 1,
          correlationId: 'corr-0',
          total: euros(1700),
          paymentMethod: 'pm_ok',
        },
      },
    ]);
  });

  test.each([
    ['a millisecond more than 8 minutes', EXPIRES_AT_INSTANT - seconds(480) - 1, 0, EXPIRES_AT],
    ['8 minutes', EXPIRES_AT_INSTANT - seconds(480), 0, EXPIRES_AT],
    ['a millisecond less than 8 minutes', EXPIRES_AT_INSTANT - seconds(480) + 1, 1, EXTENDED_TO],
    ['nothing', EXPIRES_AT_INSTANT, 1, EXTENDED_TO],
  ])('with %s left of the hold', async (_case, now, extensions, expiresAt) => {
    const ports = createOrderPorts();

    await payOrder(ports, payInput({ now }));

    expect(ports.inventory.requests.extend).toHaveLength(extensions);
    expect(storedOrderOf(ports)?.expiresAt).toBe(expiresAt);
  });

  test('extends the hold to 15 minutes', async () => {
    const ports = createOrderPorts();

    await payOrder(ports, payInput({ now: LATE }));

    expect(ports.inventory.requests.extend).toEqual([
      { orderId: 'ord-1', correlationId: 'corr-1', holdSeconds: 900, key: expect.any(String) },
    ]);
  });

  test('holds the units, then writes the order, then starts the saga', async () => {
    const steps: string[] = [];
    const ports = createOrderPorts();
    const { extend } = ports.inventory.responses;
    ports.inventory.responses.extend = () => {
      steps.push('extended');
      return extend();
    };
    ports.orders.beforeWrite = () => steps.push('written');
    ports.sagas.beforeStart = () => steps.push(`started, ${storedOrderOf(ports)?.status}`);

    await payOrder(ports, payInput({ now: LATE }));

    expect(steps).toEqual(['extended', 'written', 'started, PAYING']);
  });

  test('rejects an order that can no longer be held, and leaves it unchanged', async () => {
    const inventory = new FakeInventory({
      extend: async () => err({ kind: 'reservationExpired' }),
    });
    const ports = createOrderPorts(anOrder(), inventory);

    const paid = await payOrder(ports, payInput({ now: EXPIRES_AT_INSTANT }));

    expect(paid).toEqual(err({ kind: 'reservationExpired' }));
    expect(storedOrderOf(ports)).toEqual(anOrder());
    expect(ports.sagas.starts).toEqual([]);
  });

  test('throws while inventory does not respond, and leaves the order unchanged', async () => {
    const away = () => Promise.reject(new RetryLaterError('inventory did not respond'));
    const ports = createOrderPorts(anOrder(), new FakeInventory({ extend: away }));

    await expect(payOrder(ports, payInput({ now: LATE }))).rejects.toBeInstanceOf(RetryLaterError);

    expect(storedOrderOf(ports)).toEqual(anOrder());
  });

  test.each([
    ['an unknown order', { orderId: 'ord-2' }],
    ["another's order", { customerId: 'bob' }],
  ])('returns notFound for %s without calling inventory', async (_case, overrides) => {
    const ports = createOrderPorts();

    const paid = await payOrder(ports, payInput({ ...overrides, now: LATE }));

    expect(paid).toEqual(err({ kind: 'notFound' }));
    expect(ports.inventory.requests.extend).toEqual([]);
    expect(storedOrderOf(ports)).toEqual(anOrder());
  });

  test.each(['PAYING', 'CONFIRMED', 'COMPLETED', 'CANCELLED'] as const)(
    'rejects an order that is %s without extending its hold',
    async (status) => {
      const ports = createOrderPorts(anOrderIn(status));

      const paid = await payOrder(ports, payInput({ operationId: 'pay-2', now: LATE }));

      expect(paid).toEqual(err({ kind: 'notPayable', orderStatus: status }));
      expect(ports.inventory.requests.extend).toEqual([]);
      expect(ports.sagas.starts).toEqual([]);
    },
  );
});

describe('a repeat of a payment', () => {
  test('starts the same execution again and changes nothing', async () => {
    const ports = createOrderPorts();
    const first = await payOrder(ports, payInput());

    const second = await payOrder(ports, payInput({ now: LATE }));

    expect(second).toEqual(first);
    expect(ports.sagas.starts).toHaveLength(2);
    expect(ports.sagas.starts[1]).toEqual(ports.sagas.starts[0]);
    expect(ports.sagas.executions).toEqual(['ord-1-1']);
    expect(ports.inventory.requests.extend).toEqual([]);
  });

  test('starts the saga after a crash between PAYING and the start', async () => {
    const ports = createOrderPorts();
    ports.sagas.beforeStart = crash;
    await expect(payOrder(ports, payInput())).rejects.toThrow('the function died');
    expect(storedOrderOf(ports)?.status).toBe('PAYING');
    expect(ports.sagas.starts).toEqual([]);

    const repeated = await payOrder(ports, payInput());

    expect(repeated).toMatchObject({ ok: true, value: { status: 'PAYING' } });
    expect(ports.sagas.executions).toEqual(['ord-1-1']);
  });

  test('continues with the same key after a crash between the extension and PAYING', async () => {
    const ports = createOrderPorts();
    ports.orders.beforeWrite = crash;
    await expect(payOrder(ports, payInput({ now: LATE }))).rejects.toThrow('the function died');

    const repeated = await payOrder(ports, payInput({ now: LATE }));

    expect(repeated).toMatchObject({
      ok: true,
      value: { status: 'PAYING', expiresAt: EXTENDED_TO },
    });
    expect(new Set(ports.inventory.requests.extend.map(({ key }) => key)).size).toBe(1);
    expect(ports.sagas.executions).toEqual(['ord-1-1']);
  });

  test('holds the units again ten minutes after such a crash, when the extension has expired', async () => {
    const ports = createOrderPorts();
    ports.orders.beforeWrite = crash;
    await expect(payOrder(ports, payInput({ now: LATE }))).rejects.toThrow('the function died');

    await payOrder(ports, payInput({ now: LATE + seconds(600) }));

    expect(new Set(ports.inventory.requests.extend.map(({ key }) => key)).size).toBe(2);
  });

  test('does not disturb a newer attempt', async () => {
    const ports = createOrderPorts();
    await payOrder(ports, payInput());
    await rejectPayment(ports, { orderId: 'ord-1', attempt: 1, code: 'card_declined', now: NOON });
    await payOrder(ports, payInput({ operationId: 'pay-2' }));

    const late = await payOrder(ports, payInput());

    expect(late.ok).toBe(true);
    expect(ports.sagas.starts.map(({ saga }) => saga.name)).toEqual(['ord-1-1', 'ord-1-2']);
  });

  test('rejects another body with the same key, and starts nothing', async () => {
    const ports = createOrderPorts();
    await payOrder(ports, payInput());

    const other = await payOrder(ports, payInput({ fingerprint: 'other' }));

    expect(other).toEqual(err({ kind: 'keyReused' }));
    expect(ports.sagas.starts).toHaveLength(1);
  });
});

describe('two concurrent requests', () => {
  test('with one key start one attempt, and both return it', async () => {
    const ports = createOrderPorts();

    const answers = await Promise.all([payOrder(ports, payInput()), payOrder(ports, payInput())]);

    expect(answers.map((answer) => answer.ok && answer.value.status)).toEqual(['PAYING', 'PAYING']);
    expect(storedOrderOf(ports)?.payment?.attempt).toBe(1);
    expect(ports.sagas.executions).toEqual(['ord-1-1']);
  });

  test('with two keys start one attempt, and the later one is rejected', async () => {
    const ports = createOrderPorts();

    const answers = await Promise.all([
      payOrder(ports, payInput()),
      payOrder(ports, payInput({ operationId: 'pay-2' })),
    ]);

    expect(answers.filter((answer) => answer.ok)).toHaveLength(1);
    expect(answers.find((answer) => !answer.ok)).toEqual(
      err({ kind: 'notPayable', orderStatus: 'PAYING' }),
    );
    expect(ports.sagas.executions).toEqual(['ord-1-1']);
  });

  test('rejects the payment after a cancellation, and starts no saga', async () => {
    const ports = createOrderPorts();
    const cancelling = {
      ...payInput(),
      operationId: 'cancel-1',
      fingerprint: 'print-cancel',
      reason: 'by the customer',
    };
    ports.orders.beforeWrite = () => cancelOrder(ports, cancelling);

    const paid = await payOrder(ports, payInput());

    expect(paid).toEqual(err({ kind: 'notPayable', orderStatus: 'CANCELLED' }));
    expect(ports.sagas.starts).toEqual([]);
    expect(ports.inventory.requests.release).toHaveLength(1);
  });

  test('rejects the cancellation after a payment, and releases nothing', async () => {
    const ports = createOrderPorts();
    const cancelling = {
      ...payInput(),
      operationId: 'cancel-1',
      fingerprint: 'print-cancel',
      reason: 'by the customer',
    };
    ports.orders.beforeWrite = () => payOrder(ports, payInput());

    const cancelled = await cancelOrder(ports, cancelling);

    expect(cancelled).toEqual(err({ kind: 'inProgress' }));
    expect(ports.inventory.requests.release).toEqual([]);
    expect(ports.sagas.executions).toEqual(['ord-1-1']);
  });
});
