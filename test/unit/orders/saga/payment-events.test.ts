import { describe, expect, test } from 'vitest';
import type { Order } from '../../../../lambdas/orders/domain/order.ts';
import { toOrderView } from '../../../../lambdas/orders/presenters/order-views.ts';
import { payOrder } from '../../../../lambdas/orders/use-cases/checkout/pay-order.ts';
import {
  awaitAction,
  continueAfterAction,
  recordProviderReversal,
} from '../../../../lambdas/orders/use-cases/saga/payment-events.ts';
import { RetryLaterError } from '../../../../lambdas/shared/core/errors.ts';
import { err } from '../../../../lambdas/shared/core/result.ts';
import { NOON, seconds } from '../../../support/inventory.ts';
import { FakeInventory, type FakeSagas } from '../../../support/orders/fake-order-clients.ts';
import { crash, createOrderPorts, storedOrderOf } from '../../../support/orders/order-ports.ts';
import {
  anOrder,
  anOrderIn,
  aPayment,
  EXPIRES_AT,
  EXPIRES_AT_INSTANT,
} from '../../../support/orders/orders.ts';

const EXTENDED_TO = '2026-01-01T12:25:00.000Z';
const CAPS = { holds: 100, units: 10_000 };
const step = {
  orderId: 'ord-1',
  attempt: 1,
  correlationId: 'corr-1',
  claimId: 'claim-2',
  caps: CAPS,
  now: NOON,
};
const orderAwaitingAction = (overrides: Partial<Order> = {}) =>
  anOrder({ payment: aPayment({ status: 'REQUIRES_ACTION' }), ...overrides });
const startedSagasOf = ({ sagas }: { sagas: FakeSagas }) => sagas.starts.map(({ saga }) => saga);

describe('a payment that requires an action', () => {
  test('leaves the order unpaid and extends its hold', async () => {
    const ports = createOrderPorts(anOrderIn('PAYING'));

    const result = await awaitAction(ports, step);

    expect(result).toEqual({ ok: true, value: { status: 'PENDING_PAYMENT' } });
    const order = storedOrderOf(ports);
    expect(order).toMatchObject({
      status: 'PENDING_PAYMENT',
      expiresAt: EXTENDED_TO,
      claimId: 'claim-2',
    });
    expect(ports.customers.claims.get('alice')).toMatchObject({ openHolds: 1, openUnits: 2 });
    expect(order && toOrderView(order, NOON).payment).toEqual({
      status: 'REQUIRES_ACTION',
      attempt: 1,
    });
  });

  test('extends the hold only once per attempt', async () => {
    const payment = aPayment({ continuations: 1 });
    const ports = createOrderPorts(anOrderIn('PAYING', { payment }));

    await awaitAction(ports, step);

    expect(ports.inventory.requests.extend).toEqual([]);
    expect(storedOrderOf(ports)).toMatchObject({
      status: 'PENDING_PAYMENT',
      expiresAt: EXPIRES_AT,
    });
  });

  test('waits even when the hold cannot be extended', async () => {
    const inventory = new FakeInventory({
      extend: async () => err({ kind: 'reservationExpired' }),
    });
    const ports = createOrderPorts(anOrderIn('PAYING'), inventory);

    await awaitAction(ports, step);

    expect(storedOrderOf(ports)).toMatchObject({
      status: 'PENDING_PAYMENT',
      expiresAt: EXPIRES_AT,
    });
  });

  test('of an earlier attempt changes nothing', async () => {
    const ports = createOrderPorts(anOrderIn('PAYING'));

    const result = await awaitAction(ports, { ...step, attempt: 2 });

    expect(result).toEqual(err({ kind: 'unexpectedStatus', orderStatus: 'PAYING' }));
  });
});

describe('paying again', () => {
  const paying = (overrides: Partial<Parameters<typeof payOrder>[1]> = {}) => ({
    ...step,
    customerId: 'alice',
    paymentMethod: 'pm_ok',
    operationId: 'pay-2',
    fingerprint: 'print-pay',
    claimId: 'claim-2',
    holdSeconds: 600,
    caps: { holds: 100, units: 10_000 },
    ...overrides,
  });

  test('continues the attempt with the same payment method in another saga', async () => {
    const ports = createOrderPorts(orderAwaitingAction());

    await payOrder(ports, paying());

    expect(storedOrderOf(ports)).toMatchObject({
      status: 'PAYING',
      payment: { status: 'PENDING', attempt: 1, continuations: 1 },
    });
    expect(startedSagasOf(ports)).toEqual([{ machine: 'process', name: 'ord-1-1-1' }]);
  });

  test('starts the next attempt with another payment method', async () => {
    const ports = createOrderPorts(orderAwaitingAction());

    await payOrder(ports, paying({ paymentMethod: 'pm_other' }));

    expect(storedOrderOf(ports)?.payment).toEqual({
      status: 'PENDING',
      attempt: 2,
      paymentMethod: 'pm_other',
    });
    expect(startedSagasOf(ports)).toEqual([{ machine: 'process', name: 'ord-1-2' }]);
  });

  test('stops at the maximum number of continuations', async () => {
    const payment = aPayment({ status: 'REQUIRES_ACTION', continuations: 20 });
    const ports = createOrderPorts(orderAwaitingAction({ payment }));

    expect(await payOrder(ports, paying())).toEqual(
      err({ kind: 'notPayable', orderStatus: 'PENDING_PAYMENT' }),
    );
  });
});

describe('a completed action', () => {
  const done = { ...step, holdSeconds: 600 };

  test("starts the attempt's next saga once for repeated reports", async () => {
    const ports = createOrderPorts(orderAwaitingAction());

    await continueAfterAction(ports, done);
    await continueAfterAction(ports, done);

    expect(storedOrderOf(ports)).toMatchObject({
      status: 'PAYING',
      payment: { status: 'PENDING', attempt: 1 },
    });
    expect(ports.sagas.executions).toEqual(['ord-1-1-action']);
    expect(ports.sagas.starts[0]?.input).toMatchObject({ orderId: 'ord-1', attempt: 1 });
  });

  test('starts the saga in the next delivery after a crash before the start', async () => {
    const ports = createOrderPorts(orderAwaitingAction());
    ports.sagas.beforeStart = crash;
    await expect(continueAfterAction(ports, done)).rejects.toThrow('died');

    await continueAfterAction(ports, done);

    expect(ports.sagas.executions).toEqual(['ord-1-1-action']);
  });

  test.each([
    ['of another attempt', orderAwaitingAction(), 2],
    ['of an order that is being paid already', anOrderIn('PAYING'), 1],
    ['of an order that was cancelled', anOrderIn('CANCELLED'), 1],
    ['of an order that was declined', anOrder({ payment: aPayment({ status: 'FAILED' }) }), 1],
  ])('%s starts nothing', async (_case, order, attempt) => {
    const ports = createOrderPorts(order);

    await continueAfterAction(ports, { ...done, attempt });

    expect(ports.sagas.starts).toEqual([]);
    expect(storedOrderOf(ports)).toEqual(order);
  });

  test('extends a hold that ends soon', async () => {
    const ports = createOrderPorts(orderAwaitingAction());

    await continueAfterAction(ports, { ...done, now: EXPIRES_AT_INSTANT });

    expect(storedOrderOf(ports)).toMatchObject({ status: 'PAYING', expiresAt: EXTENDED_TO });
  });

  test.each([
    [
      'the stock was sold',
      EXPIRES_AT_INSTANT,
      new FakeInventory({ extend: async () => err({ kind: 'reservationExpired' }) }),
    ],
    [
      'the order is too old for its price',
      EXPIRES_AT_INSTANT + seconds(600) + 1,
      new FakeInventory(),
    ],
    [
      'its customer holds too much by now',
      EXPIRES_AT_INSTANT,
      new FakeInventory(),
      { holds: 100, units: 1 },
    ],
  ])(
    'too late (%s) cancels the order and reverses its payment',
    async (_case, now, inventory, caps = CAPS) => {
      const ports = createOrderPorts(orderAwaitingAction(), inventory);
      const other = { orderId: 'ord-2', units: 1, claimId: 'claim-3', until: now + seconds(600) };
      await ports.customers.claim('alice', other, CAPS);

      await continueAfterAction(ports, { ...done, caps, now });
      await continueAfterAction(ports, { ...done, caps, now });

      expect(storedOrderOf(ports)?.status).toBe('CANCELLING');
      expect(ports.sagas.executions).toEqual(['ord-1-1-late']);
      expect(ports.sagas.starts[0]?.saga.machine).toBe('cancel');
    },
  );

  test('too late starts the cancellation in the next delivery after a crash before the start', async () => {
    const inventory = new FakeInventory({
      extend: async () => err({ kind: 'reservationExpired' }),
    });
    const ports = createOrderPorts(orderAwaitingAction(), inventory);
    ports.sagas.beforeStart = crash;
    const late = { ...done, now: EXPIRES_AT_INSTANT };
    await expect(continueAfterAction(ports, late)).rejects.toThrow('died');

    await continueAfterAction(ports, late);

    expect(ports.sagas.executions).toEqual(['ord-1-1-late']);
  });

  test('too late starts nothing for an order cancelled for another reason', async () => {
    const saga = { machine: 'cancel', name: 'ord-1-cancel' } as const;
    const ports = createOrderPorts(anOrderIn('CANCELLING', { saga }));

    await continueAfterAction(ports, done);

    expect(ports.sagas.starts).toEqual([]);
  });
});

describe('a reversal at the provider', () => {
  const back = { orderId: 'ord-1', attempt: 1, isDispute: false, isFull: true, now: NOON };

  test.each([
    ['all of it', { isFull: true }, 'the payment was refunded at the provider'],
    [
      'in a dispute',
      { isFull: false, isDispute: true },
      "the customer's bank disputes the payment",
    ],
  ])(
    '%s flags a completed order for attention, so that it is not shipped',
    async (_case, money, reason) => {
      const ports = createOrderPorts(anOrderIn('COMPLETED'));

      await recordProviderReversal(ports, { ...back, ...money });
      await recordProviderReversal(ports, { ...back, ...money });

      expect(storedOrderOf(ports)).toMatchObject({ status: 'NEEDS_ATTENTION' });
      expect(storedOrderOf(ports)?.timeline.at(-1)).toMatchObject({ reason });
    },
  );

  test.each([
    ['a part', anOrderIn('COMPLETED'), { isFull: false }],
    ['of another attempt', anOrderIn('COMPLETED'), { attempt: 2 }],
    ['of an order that waits for its payment', anOrder(), {}],
  ])('%s changes nothing', async (_case, order, money) => {
    const ports = createOrderPorts(order);

    await recordProviderReversal(ports, { ...back, ...money });

    expect(storedOrderOf(ports)).toEqual(order);
  });

  test.each(['FULFILLED', 'CANCELLED'] as const)(
    'of a %s order changes its payment to REFUNDED',
    async (status) => {
      const payment = aPayment({ status: 'REFUND_PENDING' });
      const ports = createOrderPorts(anOrderIn(status, { payment }));

      await recordProviderReversal(ports, back);

      expect(storedOrderOf(ports)).toMatchObject({ status, payment: { status: 'REFUNDED' } });
    },
  );

  test.each(['PAYING', 'CONFIRMED'] as const)(
    'of a %s order is delivered again',
    async (status) => {
      const ports = createOrderPorts(anOrderIn(status));

      await expect(recordProviderReversal(ports, back)).rejects.toThrow(RetryLaterError);
    },
  );
});
