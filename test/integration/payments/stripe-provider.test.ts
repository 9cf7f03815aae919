import { randomUUID } from 'node:crypto';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { StripeProvider } from '../../../lambdas/payments/adapters/stripe-provider.ts';
import { OutcomeUnknown, type PaymentProvider } from '../../../lambdas/payments/use-cases/ports.ts';
import { testTable } from '../../support/dynamodb.ts';
import { StripeDouble, type Trouble } from '../../support/stripe-double.ts';
import { paymentProviderContract } from './payment-provider-contract.ts';

const AMOUNT = 1700;
let stripe: StripeDouble;
beforeAll(async () => {
  stripe = await StripeDouble.start();
});
afterAll(() => stripe.stop());
afterEach(() => {
  stripe.refundsRefused = undefined;
});

/** A client whose n-th call fails: its answer is lost, or it never arrived. */
function failingAt(client: DynamoDBDocumentClient, nth: number, arrives: boolean) {
  let calls = 0;
  const send = async (command: Parameters<DynamoDBDocumentClient['send']>[0]) => {
    calls += 1;
    if (calls !== nth) return client.send(command);
    if (arrives) await client.send(command);
    throw new Error('the call was lost');
  };
  return { client: { send } as unknown as DynamoDBDocumentClient, calls: () => calls };
}
const newProvider = async () => {
  const { client, tableName } = await testTable('stripe');
  return new StripeProvider(stripe.client(), client, tableName);
};
const charge = (paymentMethod = 'pm_card_visa') => ({ amount: AMOUNT, currency: 'EUR', paymentMethod });
/** What is right in the end, however often it is asked for: an unknown outcome is asked again. */
async function persist<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  for (;;) {
    try {
      return await ask();
    } catch (fault) {
      if (!(fault instanceof OutcomeUnknown)) throw fault;
    }
  }
}
const asking = (provider: PaymentProvider): PaymentProvider => ({
  authorize: (key, of) => persist(() => provider.authorize(key, of)),
  capture: (key) => persist(() => provider.capture(key)),
  void: (key) => persist(() => provider.void(key)),
  refund: (key) => persist(() => provider.refund(key)),
  lookup: (key) => persist(() => provider.lookup(key)),
});

// Twins of a call may be told that the outcome is unknown, and ask again: as the use-cases do.
paymentProviderContract('Stripe', async () => asking(await newProvider()), {
  good: 'pm_card_visa',
  declined: 'pm_card_visa_chargeDeclined',
});

test.each([
  ['pm_card_chargeDeclinedInsufficientFunds', 'insufficient_funds'],
  ['pm_card_visa_chargeDeclined', 'generic_decline'],
  // Nobody is there to be asked for a second factor.
  ['pm_card_authenticationRequired', 'authentication_required'],
])('%s is declined as %s', async (paymentMethod, code) => {
  const provider = await newProvider();

  expect(await provider.authorize(randomUUID(), charge(paymentMethod))).toEqual({ status: 'declined', code });
});

test('ten authorizations at once make one intent that holds money', async () => {
  const [provider, key] = [asking(await newProvider()), randomUUID()];

  await Promise.all(Array.from({ length: 10 }, () => provider.authorize(key, charge())));

  const mine = [...stripe.intents.values()].filter(({ metadata }) => metadata.stockbook_key === key);
  expect(mine.map(({ status }) => status)).toEqual(['requires_capture']);
});

const TROUBLES: readonly Trouble['what'][] = ['lost', 'serverError', 'throttled'];
test.each(
  ['POST /v1/payment_intents', '/confirm', '/capture'].flatMap((at) =>
    TROUBLES.map((what) => [at, what] as const),
  ),
)('%s, %s: whoever asks again comes to one capture', async (at, what) => {
  const [provider, key] = [await newProvider(), randomUUID()];
  stripe.trouble({ at, what });

  await persist(() => provider.authorize(key, charge()));
  await persist(() => provider.capture(key));

  const mine = [...stripe.intents.values()].filter(({ metadata }) => metadata.stockbook_key === key);
  expect(mine.map(({ status }) => status)).toEqual(['succeeded']);
  expect(await provider.lookup(key)).toEqual({ status: 'captured', amount: AMOUNT });
});

test.each([true, false])(
  'whichever call to the table is lost (arrived: %s), the money moves once',
  async (arrives) => {
    const { client, tableName } = await testTable('stripe');
    /** Authorised, captured and refunded, with a refusal on the way; each step is asked for until it answers. */
    const played = async (nth: number) => {
      const broken = failingAt(client, nth, arrives);
      const provider = new StripeProvider(stripe.client(), broken.client, tableName);
      const untilAnswered = async <Answer>(ask: () => Promise<Answer>) => ask().catch(() => ask());
      const key = randomUUID();
      await untilAnswered(() => provider.authorize(key, charge()));
      await untilAnswered(() => provider.capture(key));
      stripe.refundsRefused = 'balance_insufficient';
      await untilAnswered(() => provider.refund(key));
      stripe.refundsRefused = undefined;
      const refunded = await untilAnswered(() => provider.refund(key));
      await untilAnswered(() => provider.void(key));
      const mine = [...stripe.intents.values()].filter(({ metadata }) => metadata.stockbook_key === key);
      return { calls: broken.calls(), refunded, intents: mine.map(({ status }) => status) };
    };
    const { calls } = await played(0);
    expect(calls).toBeGreaterThanOrEqual(7);

    for (let nth = 1; nth <= calls; nth += 1) {
      expect(await played(nth), `call ${nth}`).toMatchObject({
        refunded: { status: 'refunded', amount: AMOUNT },
        intents: ['succeeded'],
      });
    }
  },
);

test.each(TROUBLES)('a refund that is %s is made once', async (what) => {
  const [provider, key] = [await newProvider(), randomUUID()];
  await provider.authorize(key, charge());
  await provider.capture(key);
  stripe.trouble({ at: '/v1/refunds', what });

  expect(await persist(() => provider.refund(key))).toEqual({ status: 'refunded', amount: AMOUNT });
  expect(await provider.refund(key)).toEqual({ status: 'refunded', amount: AMOUNT });
});

test('a refund that is refused is failed each time, and works once the cause is mended', async () => {
  const [provider, key] = [await newProvider(), randomUUID()];
  await provider.authorize(key, charge());
  await provider.capture(key);
  stripe.refundsRefused = 'balance_insufficient';

  const refused = [await provider.refund(key), await provider.refund(key)];
  stripe.refundsRefused = undefined;

  expect(refused).toEqual(Array(2).fill({ status: 'failed', code: 'balance_insufficient' }));
  expect(await provider.refund(key)).toEqual({ status: 'refunded', amount: AMOUNT });
});

test('what was begun, and never confirmed, is no authorization', async () => {
  const [provider, key] = [await newProvider(), randomUUID()];
  stripe.trouble({ at: '/confirm', what: 'serverError' });

  await expect(provider.authorize(key, charge())).rejects.toThrow(OutcomeUnknown);

  expect(await provider.lookup(key)).toEqual({ status: 'unknown' });
  expect(await provider.void(key)).toEqual({ status: 'voided' });
  expect(await provider.authorize(key, charge())).toEqual({ status: 'voided' });
});

test('a payment method that Stripe does not know is a refusal, and charges nobody', async () => {
  const [provider, key] = [await newProvider(), randomUUID()];

  const answer = await provider.authorize(key, charge('pm_nobody')).catch((fault: unknown) => fault);

  expect(answer).toEqual({ status: 'declined', code: 'resource_missing' });
});
