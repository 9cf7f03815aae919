import { describe, expect, test } from 'vitest';
import type { Order } from '../../../lambdas/orders/domain/order.ts';
import {
  beginCancellation,
  completeOrder,
  concludeCancellation,
  confirmOrder,
  parkOrder,
  recordStockAnswer,
  rejectPayment,
  releaseStock,
} from '../../../lambdas/orders/use-cases/saga-steps.ts';
import { RetryLater } from '../../../lambdas/shared/core/faults.ts';
import { accepted, refused } from '../../../lambdas/shared/core/result.ts';
import { NOON } from '../../support/inventory.ts';
import {
  anOrderIn,
  FakeInventory,
  FakeWaitingSaga,
  MemoryOrderStore,
} from '../../support/orders.ts';

const step = { orderId: 'ord-1', attempt: 1, now: NOON };
const confirming = { ...step, taskToken: 'token-1' };
const committed = { orderId: 'ord-1', outcome: 'committed' } as const;
const failed = { orderId: 'ord-1', outcome: 'failed', code: 'RESERVATION_EXPIRED' } as const;

const saga = (order: Order) => ({
  orders: new MemoryOrderStore(order),
  waiting: new FakeWaitingSaga(),
});
const stored = ({ orders }: { orders: MemoryOrderStore }) => orders.orders.get('ord-1');

describe('confirming', () => {
  test('makes the order CONFIRMED, and waits', async () => {
    const ports = saga(anOrderIn('PAYING'));

    const confirmed = await confirmOrder(ports, confirming);

    expect(confirmed).toEqual(accepted({ status: 'CONFIRMED' }));
    expect(stored(ports)).toMatchObject({ status: 'CONFIRMED', taskToken: 'token-1' });
    expect(ports.waiting.told).toEqual([]);
  });

  test.each([
    ['committed', { outcome: 'committed' }, 'token-2: committed'],
    [
      'failed',
      { outcome: 'failed', code: 'RESERVATION_EXPIRED' },
      'token-2: failed, RESERVATION_EXPIRED',
    ],
  ] as const)(
    'tried again after the answer had come (%s) passes it on to the new token: nobody else would',
    async (_outcome, stockAnswer, told) => {
      const ports = saga(anOrderIn('CONFIRMED', { taskToken: 'token-1', stockAnswer }));

      const confirmed = await confirmOrder(ports, { ...confirming, taskToken: 'token-2' });

      expect(confirmed).toEqual(accepted({ status: 'CONFIRMED' }));
      expect(ports.waiting.told).toEqual([told]);
    },
  );

  test('an answer that comes while the new token is being written is passed on by one or the other', async () => {
    const ports = saga(anOrderIn('CONFIRMED', { taskToken: 'token-1' }));
    ports.orders.beforeWrite = () => recordStockAnswer(ports, committed, NOON);

    await confirmOrder(ports, { ...confirming, taskToken: 'token-2' });

    expect(ports.waiting.told).toEqual(['token-1: committed', 'token-2: committed']);
    expect(stored(ports)).toMatchObject({
      taskToken: 'token-2',
      stockAnswer: { outcome: 'committed' },
    });
  });

  test('an order that has moved on tells nobody', async () => {
    const ports = saga(anOrderIn('CANCELLING', { stockAnswer: { outcome: 'committed' } }));

    const confirmed = await confirmOrder(ports, confirming);

    expect(confirmed).toEqual(refused({ kind: 'outOfStep', orderStatus: 'CANCELLING' }));
    expect(ports.waiting.told).toEqual([]);
  });
});

describe("inventory's answer", () => {
  test.each([
    [committed, { outcome: 'committed' }, 'token-1: committed'],
    [
      failed,
      { outcome: 'failed', code: 'RESERVATION_EXPIRED' },
      'token-1: failed, RESERVATION_EXPIRED',
    ],
    [{ orderId: 'ord-1', outcome: 'failed' }, { outcome: 'failed' }, 'token-1: failed, UNKNOWN'],
  ] as const)(
    'is kept with the order and wakes the saga: %o',
    async (answer, stockAnswer, told) => {
      const ports = saga(anOrderIn('CONFIRMED', { taskToken: 'token-1' }));

      await recordStockAnswer(ports, answer, NOON);

      expect(stored(ports)?.stockAnswer).toEqual(stockAnswer);
      expect(ports.waiting.told).toEqual([told]);
    },
  );

  test.each(['CANCELLING', 'CANCELLED', 'NEEDS_ATTENTION', 'COMPLETED'] as const)(
    'that comes late, to an order that is %s, is recorded and wakes nobody',
    async (status) => {
      const ports = saga(anOrderIn(status, { taskToken: 'token-1' }));

      await recordStockAnswer(ports, committed, NOON);

      expect(stored(ports)).toMatchObject({ status, stockAnswer: { outcome: 'committed' } });
      expect(ports.waiting.told).toEqual([]);
    },
  );

  test('that comes twice tells the first one again, in case its telling was lost', async () => {
    const ports = saga(anOrderIn('CONFIRMED', { taskToken: 'token-1' }));

    await recordStockAnswer(ports, committed, NOON);
    await recordStockAnswer(ports, failed, NOON);

    expect(stored(ports)?.stockAnswer).toEqual({ outcome: 'committed' });
    expect(ports.waiting.told).toEqual(['token-1: committed', 'token-1: committed']);
  });

  test('for an order that is not known is no fault', async () => {
    const ports = saga(anOrderIn('CONFIRMED'));

    await recordStockAnswer(ports, { ...committed, orderId: 'ord-2' }, NOON);

    expect(ports.orders.saved).toEqual([]);
    expect(ports.waiting.told).toEqual([]);
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
      (it: Ports) => concludeCancellation(it, { ...step, returned: 'VOIDED' }),
    ],
    [
      'parking',
      'CANCELLING',
      'NEEDS_ATTENTION',
      (it: Ports) => parkOrder(it, { ...step, reason: 'why' }),
    ],
  ] as const)('%s: %s becomes %s, once, however often it is done', async (_name, from, to, run) => {
    const ports = saga(anOrderIn(from));

    const answers = [await run(ports), await run(ports)];

    expect(answers).toEqual([accepted({ status: to }), accepted({ status: to })]);
    expect(stored(ports)?.status).toBe(to);
    expect(ports.orders.saved).toHaveLength(1);
  });

  test('of an order that is not there is not found', async () => {
    const ports = saga(anOrderIn('CONFIRMED'));

    const answer = await beginCancellation(ports, { ...step, orderId: 'ord-2', reason: 'why' });

    expect(answer).toEqual(refused({ kind: 'notFound' }));
  });
});

describe('a captured payment', () => {
  const paid = () => saga(anOrderIn('CONFIRMED', { stockAnswer: { outcome: 'committed' } }));

  test('completes its order, once, however often it is told', async () => {
    const ports = paid();

    await completeOrder(ports, step);
    await completeOrder(ports, step);

    expect(stored(ports)).toMatchObject({ status: 'COMPLETED', payment: { status: 'CAPTURED' } });
    expect(ports.orders.saved).toHaveLength(1);
  });

  test.each([
    'PENDING_PAYMENT',
    'FULFILLED',
    'CANCELLING',
    'CANCELLED',
    'NEEDS_ATTENTION',
  ] as const)('of an order that is %s changes nothing, and is no fault', async (status) => {
    const ports = saga(anOrderIn(status, { stockAnswer: { outcome: 'committed' } }));

    await completeOrder(ports, step);

    expect(stored(ports)?.status).toBe(status);
    expect(ports.orders.saved).toEqual([]);
  });

  test.each(['PAYING', 'CONFIRMED'] as const)(
    'of an order that is %s without its stock comes again',
    async (status) => {
      const ports = saga(anOrderIn(status));

      await expect(completeOrder(ports, step)).rejects.toBeInstanceOf(RetryLater);

      expect(ports.orders.saved).toEqual([]);
    },
  );

  test('of an order that is not known is no fault', async () => {
    const ports = paid();

    await completeOrder(ports, { ...step, orderId: 'ord-2' });

    expect(ports.orders.saved).toEqual([]);
  });

  // The capture did its work, its answer was lost, and the saga gave up: whoever writes first has the order.
  test('that comes before the cancellation began keeps the order and the money', async () => {
    const ports = paid();
    ports.orders.beforeWrite = () => completeOrder(ports, step);

    const answer = await beginCancellation(ports, { ...step, reason: 'States.Timeout' });

    expect(answer).toEqual(refused({ kind: 'alreadyCompleted' }));
    expect(stored(ports)?.status).toBe('COMPLETED');
  });

  test('that comes after the cancellation began leaves the order to it', async () => {
    const ports = paid();
    ports.orders.beforeWrite = () =>
      beginCancellation(ports, { ...step, reason: 'States.Timeout' });

    await completeOrder(ports, step);

    expect(stored(ports)?.status).toBe('CANCELLING');
  });
});

describe('releasing the stock', () => {
  const releasing = { ...step, correlationId: 'corr-1' };

  test('asks inventory, and changes no order', async () => {
    const inventory = new FakeInventory();

    const released = await releaseStock({ inventory }, releasing);

    expect(released).toEqual(accepted(undefined));
    expect(inventory.asked.release).toMatchObject([{ orderId: 'ord-1', correlationId: 'corr-1' }]);
  });

  test('that was shipped is refused', async () => {
    const inventory = new FakeInventory({ release: async () => refused({ kind: 'fulfilled' }) });

    expect(await releaseStock({ inventory }, releasing)).toEqual(refused({ kind: 'fulfilled' }));
  });

  test('while inventory does not answer is a fault, which the saga retries', async () => {
    const inventory = new FakeInventory({ release: () => Promise.reject(new RetryLater('away')) });

    await expect(releaseStock({ inventory }, releasing)).rejects.toBeInstanceOf(RetryLater);
  });
});

type Ports = ReturnType<typeof saga>;
