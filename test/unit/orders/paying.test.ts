import { describe, expect, test } from 'vitest';
import { PAYING_HOLD_SECONDS_MIN } from '../../../lambdas/orders/domain/customer-steps.ts';
import type { Order } from '../../../lambdas/orders/domain/order.ts';
import { cancelOrder } from '../../../lambdas/orders/use-cases/cancel-order.ts';
import { payOrder } from '../../../lambdas/orders/use-cases/pay-order.ts';
import { rejectPayment } from '../../../lambdas/orders/use-cases/saga-steps.ts';
import { RetryLater } from '../../../lambdas/shared/core/faults.ts';
import { refused } from '../../../lambdas/shared/core/result.ts';
import { NOON, seconds } from '../../support/inventory.ts';
import {
  anOrder,
  anOrderIn,
  EXPIRES,
  EXPIRES_AT,
  euros,
  FakeInventory,
  FakeSagas,
  MemoryCustomerHoldStore,
  MemoryOrderStore,
} from '../../support/orders.ts';

type Command = Parameters<typeof payOrder>[1];

const EXTENDED_TO = '2026-01-01T12:25:00.000Z';
const paying = (overrides: Partial<Command> = {}): Command => ({
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
/** Less is left of the hold than a payment may take. */
const LATE = EXPIRES - seconds(PAYING_HOLD_SECONDS_MIN) + 1;

const shop = (order: Order = anOrder(), inventory = new FakeInventory()) => ({
  orders: new MemoryOrderStore(order),
  customers: new MemoryCustomerHoldStore(),
  inventory,
  sagas: new FakeSagas(),
});
const stored = ({ orders }: { orders: MemoryOrderStore }) => orders.orders.get('ord-1');
const crash = () => {
  throw new Error('the function died');
};

describe('paying', () => {
  test('starts the saga of the attempt, with all that it needs', async () => {
    const ports = shop();

    const paid = await payOrder(ports, paying());

    expect(paid).toMatchObject({ ok: true, value: { status: 'PAYING', version: 2 } });
    expect(ports.sagas.started).toEqual([
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
    ['a millisecond more than 8 minutes', EXPIRES - seconds(480) - 1, 0, EXPIRES_AT],
    ['8 minutes', EXPIRES - seconds(480), 0, EXPIRES_AT],
    ['a millisecond less than 8 minutes', EXPIRES - seconds(480) + 1, 1, EXTENDED_TO],
    ['nothing', EXPIRES, 1, EXTENDED_TO],
  ])('with %s left of the hold', async (_case, now, extensions, expiresAt) => {
    const ports = shop();

    await payOrder(ports, paying({ now }));

    expect(ports.inventory.asked.extend).toHaveLength(extensions);
    expect(stored(ports)?.expiresAt).toBe(expiresAt);
  });

  test('extends the hold to 15 minutes', async () => {
    const ports = shop();

    await payOrder(ports, paying({ now: LATE }));

    expect(ports.inventory.asked.extend).toEqual([
      { orderId: 'ord-1', correlationId: 'corr-1', holdSeconds: 900, key: expect.any(String) },
    ]);
  });

  test('holds first, then writes, then starts', async () => {
    const steps: string[] = [];
    const ports = shop();
    const { extend } = ports.inventory.answers;
    ports.inventory.answers.extend = () => {
      steps.push('extended');
      return extend();
    };
    ports.orders.beforeWrite = () => steps.push('written');
    ports.sagas.beforeStart = () => steps.push(`started, ${stored(ports)?.status}`);

    await payOrder(ports, paying({ now: LATE }));

    expect(steps).toEqual(['extended', 'written', 'started, PAYING']);
  });

  test('what can no longer be held is refused, and the order stays as it was', async () => {
    const inventory = new FakeInventory({
      extend: async () => refused({ kind: 'reservationExpired' }),
    });
    const ports = shop(anOrder(), inventory);

    const paid = await payOrder(ports, paying({ now: EXPIRES }));

    expect(paid).toEqual(refused({ kind: 'reservationExpired' }));
    expect(stored(ports)).toEqual(anOrder());
    expect(ports.sagas.started).toEqual([]);
  });

  test('while inventory does not answer is a fault, and the order stays as it was', async () => {
    const away = () => Promise.reject(new RetryLater('inventory did not answer'));
    const ports = shop(anOrder(), new FakeInventory({ extend: away }));

    await expect(payOrder(ports, paying({ now: LATE }))).rejects.toBeInstanceOf(RetryLater);

    expect(stored(ports)).toEqual(anOrder());
  });

  test.each([
    ['an order that is not there', { orderId: 'ord-2' }],
    ["another's order", { customerId: 'bob' }],
  ])('%s is not found, and nothing is asked of inventory', async (_case, overrides) => {
    const ports = shop();

    const paid = await payOrder(ports, paying({ ...overrides, now: LATE }));

    expect(paid).toEqual(refused({ kind: 'notFound' }));
    expect(ports.inventory.asked.extend).toEqual([]);
    expect(stored(ports)).toEqual(anOrder());
  });

  test.each(['PAYING', 'CONFIRMED', 'COMPLETED', 'CANCELLED'] as const)(
    'an order that is %s is refused without extending its hold',
    async (status) => {
      const ports = shop(anOrderIn(status));

      const paid = await payOrder(ports, paying({ operationId: 'pay-2', now: LATE }));

      expect(paid).toEqual(refused({ kind: 'notPayable', orderStatus: status }));
      expect(ports.inventory.asked.extend).toEqual([]);
      expect(ports.sagas.started).toEqual([]);
    },
  );
});

describe('a repeat of a payment', () => {
  test('starts its saga again, which is the same execution, and changes nothing', async () => {
    const ports = shop();
    const first = await payOrder(ports, paying());

    const second = await payOrder(ports, paying({ now: LATE }));

    expect(second).toEqual(first);
    expect(ports.sagas.started).toHaveLength(2);
    expect(ports.sagas.started[1]).toEqual(ports.sagas.started[0]);
    expect(ports.sagas.executions).toEqual(['ord-1-1']);
    expect(ports.inventory.asked.extend).toEqual([]);
  });

  test('after a crash between PAYING and the start of the saga starts it', async () => {
    const ports = shop();
    ports.sagas.beforeStart = crash;
    await expect(payOrder(ports, paying())).rejects.toThrow('the function died');
    expect(stored(ports)?.status).toBe('PAYING');
    expect(ports.sagas.started).toEqual([]);

    const repeated = await payOrder(ports, paying());

    expect(repeated).toMatchObject({ ok: true, value: { status: 'PAYING' } });
    expect(ports.sagas.executions).toEqual(['ord-1-1']);
  });

  test('after a crash between the extension and PAYING goes on with the same key', async () => {
    const ports = shop();
    ports.orders.beforeWrite = crash;
    await expect(payOrder(ports, paying({ now: LATE }))).rejects.toThrow('the function died');

    const repeated = await payOrder(ports, paying({ now: LATE }));

    expect(repeated).toMatchObject({
      ok: true,
      value: { status: 'PAYING', expiresAt: EXTENDED_TO },
    });
    expect(new Set(ports.inventory.asked.extend.map(({ key }) => key)).size).toBe(1);
    expect(ports.sagas.executions).toEqual(['ord-1-1']);
  });

  test('ten minutes after such a crash holds the units anew: the first extension has lapsed since', async () => {
    const ports = shop();
    ports.orders.beforeWrite = crash;
    await expect(payOrder(ports, paying({ now: LATE }))).rejects.toThrow('the function died');

    await payOrder(ports, paying({ now: LATE + seconds(600) }));

    expect(new Set(ports.inventory.asked.extend.map(({ key }) => key)).size).toBe(2);
  });

  test('when the customer has tried again since does not disturb the new attempt', async () => {
    const ports = shop();
    await payOrder(ports, paying());
    await rejectPayment(ports, { orderId: 'ord-1', attempt: 1, code: 'card_declined', now: NOON });
    await payOrder(ports, paying({ operationId: 'pay-2' }));

    const late = await payOrder(ports, paying());

    expect(late.ok).toBe(true);
    expect(ports.sagas.started.map(({ saga }) => saga.name)).toEqual(['ord-1-1', 'ord-1-2']);
  });

  test('with another body under its key is refused, and starts nothing', async () => {
    const ports = shop();
    await payOrder(ports, paying());

    const other = await payOrder(ports, paying({ fingerprint: 'other' }));

    expect(other).toEqual(refused({ kind: 'keyReused' }));
    expect(ports.sagas.started).toHaveLength(1);
  });
});

describe('two requests at once', () => {
  test('with one key are one attempt, and both are answered', async () => {
    const ports = shop();

    const answers = await Promise.all([payOrder(ports, paying()), payOrder(ports, paying())]);

    expect(answers.map((answer) => answer.ok && answer.value.status)).toEqual(['PAYING', 'PAYING']);
    expect(stored(ports)?.payment?.attempt).toBe(1);
    expect(ports.sagas.executions).toEqual(['ord-1-1']);
  });

  test('with two keys are one attempt: the later is refused', async () => {
    const ports = shop();

    const answers = await Promise.all([
      payOrder(ports, paying()),
      payOrder(ports, paying({ operationId: 'pay-2' })),
    ]);

    expect(answers.filter((answer) => answer.ok)).toHaveLength(1);
    expect(answers.find((answer) => !answer.ok)).toEqual(
      refused({ kind: 'notPayable', orderStatus: 'PAYING' }),
    );
    expect(ports.sagas.executions).toEqual(['ord-1-1']);
  });

  test('a cancellation that is written first refuses the payment, and no saga starts', async () => {
    const ports = shop();
    const cancelling = {
      ...paying(),
      operationId: 'cancel-1',
      fingerprint: 'print-cancel',
      reason: 'by the customer',
    };
    ports.orders.beforeWrite = () => cancelOrder(ports, cancelling);

    const paid = await payOrder(ports, paying());

    expect(paid).toEqual(refused({ kind: 'notPayable', orderStatus: 'CANCELLED' }));
    expect(ports.sagas.started).toEqual([]);
    expect(ports.inventory.asked.release).toHaveLength(1);
  });

  test('a payment that is written first refuses the cancellation, and nothing is released', async () => {
    const ports = shop();
    const cancelling = {
      ...paying(),
      operationId: 'cancel-1',
      fingerprint: 'print-cancel',
      reason: 'by the customer',
    };
    ports.orders.beforeWrite = () => payOrder(ports, paying());

    const cancelled = await cancelOrder(ports, cancelling);

    expect(cancelled).toEqual(refused({ kind: 'inProgress' }));
    expect(ports.inventory.asked.release).toEqual([]);
    expect(ports.sagas.executions).toEqual(['ord-1-1']);
  });
});
