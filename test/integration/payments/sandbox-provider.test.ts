import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { DynamoPaymentReader } from '../../../lambdas/payments/adapters/dynamo-payment-store.ts';
import { SandboxProvider } from '../../../lambdas/payments/adapters/sandbox-provider.ts';
import { StripeAttempts } from '../../../lambdas/payments/adapters/stripe-attempts.ts';
import { createTestTable } from '../../support/dynamodb.ts';
import { paymentProviderContract, testLostResponse } from './payment-provider-contract.ts';

const AMOUNT = 1700;
const ALL = { refundId: 'r1', amount: AMOUNT };
const capturedRecord = (...refunds: readonly object[]) => ({
  status: 'captured',
  amount: AMOUNT,
  refunds,
});
const createProvider = async (clock = Date.now) => {
  const { client, tableName } = await createTestTable('provider');
  return new SandboxProvider(client, tableName, clock);
};
const createAuthorized = async (paymentMethod: string, clock = Date.now) => {
  const [provider, key] = [await createProvider(clock), randomUUID()];
  const answer = await provider.authorize(key, { amount: AMOUNT, currency: 'EUR', paymentMethod });
  return { provider, key, answer };
};

paymentProviderContract('the sandbox', createProvider, { good: 'pm_ok', declined: 'pm_declined' });
testLostResponse(createProvider, 'pm_authorize_timeout');

test.each([
  ['pm_declined', 'card_declined'],
  ['pm_insufficient_funds', 'insufficient_funds'],
  ['pm_of_another_world', 'unknown_payment_method'],
  ['constructor', 'unknown_payment_method'],
])('%s is declined as %s', async (paymentMethod, code) => {
  expect((await createAuthorized(paymentMethod)).answer).toEqual({ status: 'declined', code });
});

test('pm_capture_fails is authorised, its capture refused, and it can be voided', async () => {
  const { provider, key } = await createAuthorized('pm_capture_fails');

  expect(await provider.capture(key)).toEqual({ status: 'failed', code: 'capture_failed' });
  expect(await provider.void(key)).toEqual({ status: 'voided' });
});

test('the refund of pm_refund_fails_2 fails twice, then works', async () => {
  const { provider, key } = await createAuthorized('pm_refund_fails_2');
  await provider.capture(key);

  const answers = [
    await provider.refund(key, ALL),
    await provider.refund(key, ALL),
    await provider.refund(key, ALL),
  ];

  const failed = { status: 'failed', code: 'refund_failed' };
  expect(answers).toEqual([failed, failed, capturedRecord({ ...ALL, status: 'DONE' })]);
});

test('the refund of pm_refund_fails fails for good', async () => {
  const { provider, key } = await createAuthorized('pm_refund_fails');
  await provider.capture(key);

  for (let tried = 0; tried < 7; tried += 1)
    expect((await provider.refund(key, ALL)).status).toBe('failed');
  expect(await provider.lookup(key)).toEqual(capturedRecord());
});

test.each([
  ['pm_requires_action', { status: 'authorized' }],
  ['pm_requires_action_fails', { status: 'declined', code: 'authentication_failed' }],
])('%s requires an action for half a minute', async (paymentMethod, after) => {
  let now = Date.now();
  const { provider, key, answer } = await createAuthorized(paymentMethod, () => now);

  now += 29_999;
  const before = await provider.lookup(key);
  now += 1;

  expect(answer).toEqual({
    status: 'requiresAction',
    nextAction: { type: 'redirect', url: expect.stringContaining(key) },
  });
  expect(before).toEqual(answer);
  expect(await provider.lookup(key)).toEqual(after);
});

test('pm_requires_action can be captured after the action, and voided before', async () => {
  let now = Date.now();
  const done = await createAuthorized('pm_requires_action', () => now);
  const early = await createAuthorized('pm_requires_action_abandoned', () => now);
  now += 30_000;

  expect(await done.provider.capture(done.key)).toEqual(capturedRecord());
  expect(await early.provider.capture(early.key)).toMatchObject({ status: 'requiresAction' });
  expect(await early.provider.void(early.key)).toEqual({ status: 'voided' });
});

test.each([
  ['pm_refund_pending', 'PENDING', 'DONE'],
  ['pm_refund_pending_fails', 'PENDING', 'FAILED'],
  ['pm_refund_fails_later', 'DONE', 'FAILED'],
])(
  'the first refund of %s is %s, and after ten minutes %s',
  async (paymentMethod, first, second) => {
    let now = Date.now();
    const { provider, key } = await createAuthorized(paymentMethod, () => now);
    await provider.capture(key);

    await provider.refund(key, ALL);
    const before = await provider.lookup(key);
    now += 600_000;
    const after = await provider.lookup(key);

    expect(before).toEqual(capturedRecord({ ...ALL, status: first }));
    expect(after).toMatchObject(capturedRecord({ ...ALL, status: second }));
    const again = await provider.refund(key, { ...ALL, refundId: 'r2' });
    expect(again.status).toBe(second === 'DONE' ? 'failed' : 'captured');
  },
);

test('shares its table with another provider: neither reads a record of the other, and the audit reads both', async () => {
  const { client, tableName } = await createTestTable('provider');
  const sandbox = new SandboxProvider(client, tableName);
  const stripe = new StripeAttempts(client, tableName);
  const key = 'ord-1-1';

  await stripe.update(key, 'SET intentId = :id', 'attribute_not_exists(intentId)', {
    ':id': 'pi_1',
  });
  const unknown = await sandbox.lookup(key);
  await sandbox.authorize(key, { amount: AMOUNT, currency: 'EUR', paymentMethod: 'pm_ok' });
  await sandbox.capture(key);
  await sandbox.refund(key, ALL);

  expect(unknown).toEqual({ status: 'unknown' });
  expect(await stripe.get(key)).toEqual({ intentId: 'pi_1' });
  expect(await sandbox.listRefundsSince(0)).toEqual([{ key, refund: { ...ALL, status: 'DONE' } }]);
  const walk = new DynamoPaymentReader(client, tableName, tableName);
  const page = await walk.scanSegment({ segment: 0, segments: 1, cursor: 'provider.' });
  expect(page).toEqual({ items: [], unreadable: [] });
});
