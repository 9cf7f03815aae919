import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { SandboxProvider } from '../../../lambdas/payments/adapters/sandbox-provider.ts';
import { testTable } from '../../support/dynamodb.ts';
import { losesItsAnswer, paymentProviderContract } from './payment-provider-contract.ts';

const AMOUNT = 1700;
const newProvider = async () => {
  const { client, tableName } = await testTable('sandbox');
  return new SandboxProvider(client, tableName);
};
const authorizedWith = async (paymentMethod: string) => {
  const [provider, key] = [await newProvider(), randomUUID()];
  const answer = await provider.authorize(key, { amount: AMOUNT, currency: 'EUR', paymentMethod });
  return { provider, key, answer };
};

paymentProviderContract('the sandbox', newProvider, { good: 'pm_ok', declined: 'pm_declined' });
losesItsAnswer(newProvider, 'pm_authorize_timeout');

test.each([
  ['pm_declined', 'card_declined'],
  ['pm_insufficient_funds', 'insufficient_funds'],
  ['pm_of_another_world', 'unknown_payment_method'],
  ['constructor', 'unknown_payment_method'],
])('%s is declined as %s', async (paymentMethod, code) => {
  expect((await authorizedWith(paymentMethod)).answer).toEqual({ status: 'declined', code });
});

test('pm_capture_fails is authorised, its capture refused, and it can be voided', async () => {
  const { provider, key } = await authorizedWith('pm_capture_fails');

  expect(await provider.capture(key)).toEqual({ status: 'failed', code: 'capture_failed' });
  expect(await provider.void(key)).toEqual({ status: 'voided' });
});

test('the refund of pm_refund_fails_2 fails twice, then works', async () => {
  const { provider, key } = await authorizedWith('pm_refund_fails_2');
  await provider.capture(key);

  const answers = [await provider.refund(key), await provider.refund(key), await provider.refund(key)];

  const failed = { status: 'failed', code: 'refund_failed' };
  expect(answers).toEqual([failed, failed, { status: 'refunded', amount: AMOUNT }]);
});

test('the refund of pm_refund_fails fails for good', async () => {
  const { provider, key } = await authorizedWith('pm_refund_fails');
  await provider.capture(key);

  for (let tried = 0; tried < 7; tried += 1) expect((await provider.refund(key)).status).toBe('failed');
  expect(await provider.lookup(key)).toEqual({ status: 'captured', amount: AMOUNT });
});
