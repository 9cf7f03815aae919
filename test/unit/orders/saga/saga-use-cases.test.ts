import { describe, expect, test } from 'vitest';
import type { Order } from '../../../../lambdas/orders/domain/order.ts';
import {
  beginCancellation,
  completeOrder,
  concludeCancellation,
  confirmOrder,
  flagOrderForAttention,
  recordStockOutcome,
  rejectPayment,
  releaseStock,
} from '../../../../lambdas/orders/use-cases/saga/saga-steps.ts';
import { RetryLaterError } from '../../../../lambdas/shared/core/errors.ts';
import { err, ok } from '../../../../lambdas/shared/core/result.ts';
import { NOON } from '../../../support/inventory.ts';
import { FakeInventory, FakeSagaCallback } from '../../../support/orders/fake-order-clients.ts';
import { MemoryOrderStore } from '../../../support/orders/memory-order-stores.ts';
import { storedOrderOf } from '../../../support/orders/order-ports.ts';
import { anOrderIn } from '../../../support/orders/orders.ts';

const step = { orderId: 'ord-1', attempt: 1, now: NOON };
const confirmInput = { ...step, taskToken: 'token-1' };
const committedOutcome = { orderId: 'ord-1', status: 'committed' } as const;
const failedOutcome = { orderId: 'ord-1', status: 'failed', code: 'RESERVATION_EXPIRED' } as const;

const createPorts = (order: Order) => ({
  orders: new MemoryOrderStore(order),
  callback: new FakeSagaCallback(),
});

describe('confirming', () => {
  test('writes CONFIRMED and waits', async () => {
    const ports = createPorts(anOrderIn('PAYING'));

    const confirmed = await confirmOrder(ports, confirmInput);

    expect(confirmed).toEqual(ok({ status: 'CONFIRMED' }));
    expect(storedOrderOf(ports)).toMatchObject({ status: 'CONFIRMED', taskToken: 'token-1' });
    expect(ports.callback.reports).toEqual([]);
  });

  test.each([
    ['committed', { status: 'committed' }, 'token-2: committed'],
    [
      'failed',
      { status: 'failed', code: 'RESERVATION_EXPIRED' },
      'token-2: failed, RESERVATION_EXPIRED',
    ],
  ] as const)(
    'reports an earlier outcome (%s) to the new token of a retry',
    async (_status, stockOutcome, report) => {
      const ports = createPorts(anOrderIn('CONFIRMED', { taskToken: 'token-1', stockOutcome }));

      const confirmed = await confirmOrder(ports, { ...confirmInput, taskToken: 'token-2' });

      expect(confirmed).toEqual(ok({ status: 'CONFIRMED' }));
      expect(ports.callback.reports).toEqual([report]);
    },
  );

  test('reports an outcome that arrives during the write of the new token', async () => {
    const ports = createPorts(anOrderIn('CONFIRMED', { taskToken: 'token-1' }));
    ports.orders.beforeWrite = () => recordStockOutcome(ports, committedOutcome, NOON);

    await confirmOrder(ports, { ...confirmInput, taskToken: 'token-2' });

    expect(ports.callback.reports).toEqual(['token-1: committed', 'token-2: committed']);
    expect(storedOrderOf(ports)).toMatchObject({
      taskToken: 'token-2',
      stockOutcome: { status: 'committed' },
    });
  });

  test('reports nothing for an order in another status', async () => {
    const ports = createPorts(anOrderIn('CANCELLING', { stockOutcome: { status: 'committed' } }));

    const confirmed = await confirmOrder(ports, confirmInput);

    expect(confirmed).toEqual(err({ kind: 'unexpectedStatus', orderStatus: 'CANCELLING' }));
    expect(ports.callback.reports).toEqual([]);
  });
});

describe('the stock outcome', () => {
  test.each([
    [committedOutcome, { status: 'committed' }, 'token-1: committed'],
    [
      failedOutcome,
      { status: 'failed', code: 'RESERVATION_EXPIRED' },
      'token-1: failed, RESERVATION_EXPIRED',
    ],
    [{ orderId: 'ord-1', status: 'failed' }, { status: 'failed' }, 'token-1: failed, UNKNOWN'],
  ] as const)(
    'is stored with the order and resumes the saga: %o',
    async (input, stockOutcome, report) => {
      const ports = createPorts(anOrderIn('CONFIRMED', { taskToken: 'token-1' }));

      await recordStockOutcome(ports, input, NOON);

      expect(storedOrderOf(ports)?.stockOutcome).toEqual(stockOutcome);
      expect(ports.callback.reports).toEqual([report]);
    },
  );

  test.each(['CANCELLING', 'CANCELLED', 'NEEDS_ATTENTION', 'COMPLETED'] as const)(
    'that arrives late, for an order that is %s, is recorded without resuming a saga',
    async (status) => {
      const ports = createPorts(anOrderIn(status, { taskToken: 'token-1' }));

      await recordStockOutcome(ports, committedOutcome, NOON);

      expect(storedOrderOf(ports)).toMatchObject({ status, stockOutcome: { status: 'committed' } });
      expect(ports.callback.reports).toEqual([]);
    },
  );

  test('is reported again when it is delivered twice', async () => {
    const ports = createPorts(anOrderIn('CONFIRMED', { taskToken: 'token-1' }));

    await recordStockOutcome(ports, committedOutcome, NOON);
    await recordStockOutcome(ports, failedOutcome, NOON);

    expect(storedOrderOf(ports)?.stockOutcome).toEqual({ status: 'committed' });
    expect(ports.callback.reports).toEqual(['token-1: committed', 'token-1: committed']);
  });

  test.each([
    ['of a service that names the order', { owner: 'service:000000000000/role/shop' }],
    ['without an order', { orderId: undefined }],
  ])('is ignored for a reservation %s', async (_name, over) => {
    const ports = createPorts(anOrderIn('CONFIRMED', { taskToken: 'token-1' }));

    await recordStockOutcome(ports, { ...committedOutcome, ...over }, NOON);

    expect(ports.orders.saved).toEqual([]);
    expect(ports.callback.reports).toEqual([]);
  });

  test('is ignored for an unknown order', async () => {
    const ports = createPorts(anOrderIn('CONFIRMED'));

    await recordStockOutcome(ports, { ...committedOutcome, orderId: 'ord-2' }, NOON);

    expect(ports.orders.saved).toEqual([]);
    expect(ports.callback.reports).toEqual([]);
  });
});

describe('the other steps', () => {
  test.each([
    [
      'rejecting',
      'PAYING',
      'PENDING_PAYMENT',
      (it: Ports) => rejectPayment(it, { ...step, code: 'declined' }),
    ],
    [
      'beginning',
      'CONFIRMED',
      'CANCELLING',
      (it: Ports) => beginCancellation(it, { ...step, reason: 'why' }),
    ],
    [
      'concluding',
      'CANCELLING',
      'CANCELLED',
      (it: Ports) => concludeCancellation(it, { ...step, reversal: 'VOIDED' }),
    ],
    [
      'parking',
      'CANCELLING',
      'NEEDS_ATTENTION',
      (it: Ports) => flagOrderForAttention(it, { ...step, reason: 'why' }),
    ],
  ] as const)('%s: %s becomes %s, and a repeat changes nothing', async (_name, from, to, run) => {
    const ports = createPorts(anOrderIn(from));

    const answers = [await run(ports), await run(ports)];

    expect(answers).toEqual([ok({ status: to }), ok({ status: to })]);
    expect(storedOrderOf(ports)?.status).toBe(to);
    expect(ports.orders.saved).toHaveLength(1);
  });

  test('rejects an unknown order', async () => {
    const ports = createPorts(anOrderIn('CONFIRMED'));

    const answer = await beginCancellation(ports, { ...step, orderId: 'ord-2', reason: 'why' });

    expect(answer).toEqual(err({ kind: 'notFound' }));
  });
});

describe('a captured payment', () => {
  const paid = () => createPorts(anOrderIn('CONFIRMED', { stockOutcome: { status: 'committed' } }));

  test('completes its order once for repeated deliveries', async () => {
    const ports = paid();

    await completeOrder(ports, step);
    await completeOrder(ports, step);

    expect(storedOrderOf(ports)).toMatchObject({
      status: 'COMPLETED',
      payment: { status: 'CAPTURED' },
    });
    expect(ports.orders.saved).toHaveLength(1);
  });

  test.each([
    'PENDING_PAYMENT',
    'FULFILLED',
    'CANCELLING',
    'CANCELLED',
    'NEEDS_ATTENTION',
  ] as const)('of an order that is %s changes nothing and is not an error', async (status) => {
    const ports = createPorts(anOrderIn(status, { stockOutcome: { status: 'committed' } }));

    await completeOrder(ports, step);

    expect(storedOrderOf(ports)?.status).toBe(status);
    expect(ports.orders.saved).toEqual([]);
  });

  test.each(['PAYING', 'CONFIRMED'] as const)(
    'of an order that is %s without its stock outcome is delivered again',
    async (status) => {
      const ports = createPorts(anOrderIn(status));

      await expect(completeOrder(ports, step)).rejects.toBeInstanceOf(RetryLaterError);

      expect(ports.orders.saved).toEqual([]);
    },
  );

  test('is ignored for an unknown order', async () => {
    const ports = paid();

    await completeOrder(ports, { ...step, orderId: 'ord-2' });

    expect(ports.orders.saved).toEqual([]);
  });

  // The capture succeeded, its response was lost, and the saga gave up: the first write decides.
  test('completes the order when it arrives before the cancellation', async () => {
    const ports = paid();
    ports.orders.beforeWrite = () => completeOrder(ports, step);

    const answer = await beginCancellation(ports, { ...step, reason: 'States.Timeout' });

    expect(answer).toEqual(err({ kind: 'alreadyCompleted' }));
    expect(storedOrderOf(ports)?.status).toBe('COMPLETED');
  });

  test('leaves the order to a cancellation that has started', async () => {
    const ports = paid();
    ports.orders.beforeWrite = () =>
      beginCancellation(ports, { ...step, reason: 'States.Timeout' });

    await completeOrder(ports, step);

    expect(storedOrderOf(ports)?.status).toBe('CANCELLING');
  });
});

describe('releasing the stock', () => {
  const releasing = { ...step, correlationId: 'corr-1' };

  test('calls inventory and changes no order', async () => {
    const inventory = new FakeInventory();

    const released = await releaseStock({ inventory }, releasing);

    expect(released).toEqual(ok(undefined));
    expect(inventory.requests.release).toMatchObject([
      { orderId: 'ord-1', correlationId: 'corr-1' },
    ]);
  });

  test('rejects a shipped order', async () => {
    const inventory = new FakeInventory({ release: async () => err({ kind: 'alreadyFulfilled' }) });

    expect(await releaseStock({ inventory }, releasing)).toEqual(err({ kind: 'alreadyFulfilled' }));
  });

  test('throws while inventory does not respond, so that the saga retries', async () => {
    const inventory = new FakeInventory({
      release: () => Promise.reject(new RetryLaterError('away')),
    });

    await expect(releaseStock({ inventory }, releasing)).rejects.toBeInstanceOf(RetryLaterError);
  });
});

type Ports = ReturnType<typeof createPorts>;
