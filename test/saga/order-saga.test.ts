import { describe, expect, test } from 'vitest';
import {
  callCount,
  fails,
  NEVER,
  payloadOf,
  returns,
  runSaga,
  type Script,
} from './scripted-saga.ts';

const SUCCESS_PATH = ['AuthorizePayment', 'ConfirmOrder', 'CapturePayment'];
const COMPENSATION_STATES = [
  'BeginCancellation',
  'Compensate',
  'ReversePayment',
  'ReleaseStock',
  'IsCompensated',
  'ConcludeCancellation',
];
const RETRIES_MAX = 3;
const COMPENSATION_RETRIES_MAX = 5;

/** Sorts states, because parallel branches enter theirs in no fixed order. */
const sortStates = (states: readonly string[]) => [...states].sort();

describe('ProcessOrder', () => {
  test('a successful order runs three states, each once', async () => {
    const saga = await runSaga('ProcessOrder');

    expect(saga).toMatchObject({ status: 'SUCCEEDED', states: SUCCESS_PATH });
    expect(saga.calls.map(({ step }) => step)).toEqual(SUCCESS_PATH);
  });

  test('each step receives the order, the attempt and the correlation id; payment also total and method', async () => {
    const saga = await runSaga('ProcessOrder');

    const order = { orderId: 'ord-1', attempt: 1, correlationId: 'corr-1' };
    expect(payloadOf(saga, 'AuthorizePayment')).toEqual({
      ...order,
      total: { amount: 1700, currency: 'EUR' },
      paymentMethod: 'pm_ok',
    });
    expect(payloadOf(saga, 'ConfirmOrder')).toEqual({ ...order, taskToken: expect.any(String) });
    expect(payloadOf(saga, 'CapturePayment')).toEqual(order);
  });

  test('a declined payment returns the order to the customer without compensation', async () => {
    const saga = await runSaga('ProcessOrder', {
      AuthorizePayment: [fails('PaymentDeclined', 'card_declined')],
    });

    expect(saga).toMatchObject({
      status: 'SUCCEEDED',
      states: ['AuthorizePayment', 'RejectPayment'],
    });
    expect(callCount(saga, 'AuthorizePayment')).toBe(1);
    expect(payloadOf(saga, 'RejectPayment')).toMatchObject({
      error: { Error: 'PaymentDeclined', Cause: 'card_declined' },
    });
  });

  test.each(SUCCESS_PATH)(
    'retries a transient error of %s, and the order completes',
    async (step) => {
      const saga = await runSaga('ProcessOrder', {
        [step]: [fails('TimeoutError'), returns({ status: 'fine' })],
      });

      expect(saga).toMatchObject({ status: 'SUCCEEDED', states: SUCCESS_PATH });
      expect(callCount(saga, step)).toBe(2);
    },
  );

  test.each(SUCCESS_PATH)('a permanent error of %s is compensated', async (step) => {
    const saga = await runSaga('ProcessOrder', { [step]: [fails('SomeBug')] });

    const reached = SUCCESS_PATH.slice(0, SUCCESS_PATH.indexOf(step) + 1);
    expect(saga.status).toBe('SUCCEEDED');
    expect(sortStates(saga.states)).toEqual(sortStates([...reached, ...COMPENSATION_STATES]));
    expect(callCount(saga, step)).toBe(1 + RETRIES_MAX);
    expect(payloadOf(saga, 'BeginCancellation')).toMatchObject({ error: { Error: 'SomeBug' } });
  });

  test.each([
    [
      'stock that cannot be taken',
      { StockOutcome: [fails('StockCommitFailed', 'RESERVATION_EXPIRED')] },
      'ConfirmOrder',
      'StockCommitFailed',
    ],
    [
      'a capture that fails',
      { CapturePayment: [fails('PaymentCaptureFailed')] },
      'CapturePayment',
      'PaymentCaptureFailed',
    ],
    [
      'an order with an unexpected status',
      { ConfirmOrder: [fails('OrderUnexpectedStatus')] },
      'ConfirmOrder',
      'OrderUnexpectedStatus',
    ],
  ])('%s is compensated without a retry', async (_name, script: Script, step, error) => {
    const saga = await runSaga('ProcessOrder', script);

    expect(saga.status).toBe('SUCCEEDED');
    expect(callCount(saga, step)).toBe(1);
    expect(payloadOf(saga, 'BeginCancellation')).toMatchObject({ error: { Error: error } });
    expect(payloadOf(saga, 'ConcludeCancellation')).toMatchObject({
      orderId: 'ord-1',
      reversal: 'VOIDED',
    });
  });

  test('a missing stock outcome is compensated after the timeout of 5 minutes', async () => {
    const saga = await runSaga('ProcessOrder', { StockOutcome: [NEVER] });

    expect(saga.status).toBe('SUCCEEDED');
    expect(callCount(saga, 'ConfirmOrder')).toBe(1);
    expect(payloadOf(saga, 'BeginCancellation')).toMatchObject({
      error: { Error: 'States.Timeout' },
    });
  });

  test('an order completed by a capture with a lost response is not compensated', async () => {
    const saga = await runSaga('ProcessOrder', {
      CapturePayment: [fails('TimeoutError')],
      BeginCancellation: [fails('OrderAlreadyCompleted')],
    });

    expect(saga.status).toBe('SUCCEEDED');
    expect(saga.states).toEqual([...SUCCESS_PATH, 'BeginCancellation', 'AlreadyCompleted']);
    expect(callCount(saga, 'ReversePayment')).toBe(0);
  });

  test('a cancellation that cannot start flags the order for attention without compensation', async () => {
    const saga = await runSaga('ProcessOrder', {
      CapturePayment: [fails('PaymentCaptureFailed')],
      BeginCancellation: [fails('SomeBug')],
    });

    expect(saga).toMatchObject({ status: 'FAILED', error: 'OrderNeedsAttention' });
    expect(payloadOf(saga, 'FlagOrderForAttention')).toMatchObject({ error: { Error: 'SomeBug' } });
    expect(callCount(saga, 'ReleaseStock')).toBe(0);
  });

  test('a payment rejection that cannot be written is compensated', async () => {
    const saga = await runSaga('ProcessOrder', {
      AuthorizePayment: [fails('PaymentDeclined')],
      RejectPayment: [fails('SomeBug')],
    });

    expect(saga.status).toBe('SUCCEEDED');
    expect(callCount(saga, 'ConcludeCancellation')).toBe(1);
  });
});

describe('the compensation (CancelOrder)', () => {
  test('reverses the payment and releases the stock, then cancels the order', async () => {
    const saga = await runSaga('CancelOrder', {
      ReversePayment: [returns({ status: 'REFUNDED' })],
    });

    expect(saga.status).toBe('SUCCEEDED');
    expect(sortStates(saga.states)).toEqual(
      sortStates(COMPENSATION_STATES.filter((state) => state !== 'BeginCancellation')),
    );
    expect(payloadOf(saga, 'ConcludeCancellation')).toMatchObject({ reversal: 'REFUNDED' });
  });

  test.each(['ReversePayment', 'ReleaseStock'])('retries %s until it succeeds', async (step) => {
    const outcomes = [
      fails('A'),
      fails('B'),
      fails('C'),
      fails('D'),
      fails('E'),
      returns({ status: 'REFUNDED' }),
    ];

    const saga = await runSaga('CancelOrder', { [step]: outcomes });

    expect(saga.status).toBe('SUCCEEDED');
    expect(callCount(saga, step)).toBe(1 + COMPENSATION_RETRIES_MAX);
  });

  test.each([
    [
      'ReversePayment',
      'ReleaseStock',
      { payment: { error: { Error: 'Broken' } }, stock: { status: 'RELEASED' } },
    ],
    [
      'ReleaseStock',
      'ReversePayment',
      { payment: { status: 'VOIDED' }, stock: { error: { Error: 'Broken' } } },
    ],
  ])(
    'a permanent failure of %s flags the order for attention; %s still runs',
    async (broken, other, told) => {
      const saga = await runSaga('CancelOrder', { [broken]: [fails('Broken')] });

      expect(saga).toMatchObject({ status: 'FAILED', error: 'OrderNeedsAttention' });
      expect(callCount(saga, broken)).toBe(1 + COMPENSATION_RETRIES_MAX);
      expect(callCount(saga, other)).toBe(1);
      expect(callCount(saga, 'ConcludeCancellation')).toBe(0);
      expect(payloadOf(saga, 'FlagOrderForAttention')).toMatchObject(told);
    },
  );

  test('two permanent failures are both recorded', async () => {
    const saga = await runSaga('CancelOrder', {
      ReversePayment: [fails('NoMoney')],
      ReleaseStock: [fails('NoStock')],
    });

    expect(saga).toMatchObject({ status: 'FAILED', error: 'OrderNeedsAttention' });
    expect(payloadOf(saga, 'FlagOrderForAttention')).toMatchObject({
      payment: { error: { Error: 'NoMoney' } },
      stock: { error: { Error: 'NoStock' } },
    });
  });

  test('a cancellation that cannot be written flags the order, with the completed compensations', async () => {
    const saga = await runSaga('CancelOrder', { ConcludeCancellation: [fails('SomeBug')] });

    expect(saga).toMatchObject({ status: 'FAILED', error: 'OrderNeedsAttention' });
    expect(payloadOf(saga, 'FlagOrderForAttention')).toMatchObject({
      error: { Error: 'SomeBug' },
      payment: { status: 'VOIDED' },
      stock: { status: 'RELEASED' },
    });
  });
});
