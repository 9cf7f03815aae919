import { randomUUID } from 'node:crypto';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { StripeProvider } from '../../../lambdas/payments/adapters/stripe-provider.ts';
import {
  OutcomeUnknownError,
  type PaymentProvider,
} from '../../../lambdas/payments/use-cases/ports.ts';
import { createTestTable } from '../../support/dynamodb.ts';
import { type InjectedFault, StripeDouble } from '../../support/payments/stripe-double.ts';
import { paymentProviderContract } from './payment-provider-contract.ts';

const AMOUNT = 1700;
const ALL = { refundId: 'r1', amount: AMOUNT };
const REFUNDED = { status: 'captured', amount: AMOUNT, refunds: [{ ...ALL, status: 'DONE' }] };
let stripe: StripeDouble;
beforeAll(async () => {
  stripe = await StripeDouble.start();
});
afterAll(() => stripe.stop());
afterEach(() => {
  stripe.refundRejectionCode = undefined;
  stripe.newRefundStatus = 'succeeded';
});

/** Returns a client whose n-th call fails: its response is lost, or the request never arrives. */
function failAt(client: DynamoDBDocumentClient, nth: number, arrives: boolean) {
  let calls = 0;
  const send = async (command: Parameters<DynamoDBDocumentClient['send']>[0]) => {
    calls += 1;
    if (calls !== nth) return client.send(command);
    if (arrives) await client.send(command);
    throw new Error('the call was lost');
  };
  return { client: { send } as unknown as DynamoDBDocumentClient, calls: () => calls };
}
const createProvider = async () => {
  const { client, tableName } = await createTestTable('provider');
  return new StripeProvider(stripe.client(), client, tableName);
};
const charge = (paymentMethod = 'pm_card_visa') => ({
  amount: AMOUNT,
  currency: 'EUR',
  paymentMethod,
});
/** Repeats a call while its outcome is unknown, as the use cases do. */
async function retryUntilKnown<Answer>(call: () => Promise<Answer>): Promise<Answer> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof OutcomeUnknownError)) throw error;
    }
  }
}
const withRetries = (provider: PaymentProvider): PaymentProvider => ({
  name: provider.name,
  authorize: (key, of) => retryUntilKnown(() => provider.authorize(key, of)),
  capture: (key) => retryUntilKnown(() => provider.capture(key)),
  void: (key) => retryUntilKnown(() => provider.void(key)),
  refund: (key, of) => retryUntilKnown(() => provider.refund(key, of)),
  lookup: (key) => retryUntilKnown(() => provider.lookup(key)),
  listRefundsSince: (since) => retryUntilKnown(() => provider.listRefundsSince(since)),
});

// Duplicates of a call may get an unknown outcome and retry, as the use cases do.
paymentProviderContract('Stripe', async () => withRetries(await createProvider()), {
  good: 'pm_card_visa',
  declined: 'pm_card_visa_chargeDeclined',
});

test.each([
  ['pm_card_chargeDeclinedInsufficientFunds', 'insufficient_funds'],
  ['pm_card_visa_chargeDeclined', 'generic_decline'],
])('%s is declined as %s', async (paymentMethod, code) => {
  const provider = await createProvider();

  expect(await provider.authorize(randomUUID(), charge(paymentMethod))).toEqual({
    status: 'declined',
    code,
  });
});

test('ten authorizations at once make one intent that holds money', async () => {
  const provider = withRetries(await createProvider());
  // Stripe rejects a duplicate only while the first call is in progress. Several keys make one
  // certain.
  const keys = Array.from({ length: 10 }, () => randomUUID());

  for (const key of keys)
    await Promise.all(Array.from({ length: 10 }, () => provider.authorize(key, charge())));

  const made = keys.map((key) => stripe.intentsOf(key).map(({ status }) => status));
  expect(made).toEqual(keys.map(() => ['requires_capture']));
});

const FAULT_KINDS: readonly InjectedFault['kind'][] = [
  'lostResponse',
  'serverError',
  'serverErrorAfterEffect',
  'throttled',
];
test.each(
  ['POST /v1/payment_intents', '/confirm', '/capture'].flatMap((at) =>
    FAULT_KINDS.map((what) => [at, what] as const),
  ),
)('%s, %s: whoever asks again comes to one capture', async (at, kind) => {
  const [provider, key] = [await createProvider(), randomUUID()];
  stripe.injectFaults({ at, kind });

  await retryUntilKnown(() => provider.authorize(key, charge()));
  await retryUntilKnown(() => provider.capture(key));

  // An intent that was created under an error, and is never confirmed, holds no money.
  const mine = stripe.intentsOf(key).filter(({ status }) => status !== 'requires_payment_method');
  expect(mine.map(({ status }) => status)).toEqual(['succeeded']);
  expect(await provider.lookup(key)).toEqual({ status: 'captured', amount: AMOUNT, refunds: [] });
});

test.each([true, false])(
  'whichever call to the table is lost (arrived: %s), the money moves once',
  async (arrives) => {
    const { client, tableName } = await createTestTable('provider');
    /**
     * Authorizes, captures and refunds, with one rejection; retries each step until its outcome is
     * known.
     */
    const played = async (nth: number) => {
      const broken = failAt(client, nth, arrives);
      const provider = new StripeProvider(stripe.client(), broken.client, tableName);
      const untilAnswered = async <Answer>(ask: () => Promise<Answer>) => ask().catch(() => ask());
      const key = randomUUID();
      await untilAnswered(() => provider.authorize(key, charge()));
      await untilAnswered(() => provider.capture(key));
      stripe.refundRejectionCode = 'balance_insufficient';
      await untilAnswered(() => provider.refund(key, ALL));
      stripe.refundRejectionCode = undefined;
      const refunded = await untilAnswered(() => provider.refund(key, ALL));
      await untilAnswered(() => provider.void(key));
      const mine = [...stripe.intents.values()].filter(
        ({ metadata }) => metadata.stockbook_key === key,
      );
      return { calls: broken.calls(), refunded, intents: mine.map(({ status }) => status) };
    };
    const { calls } = await played(0);
    expect(calls).toBeGreaterThanOrEqual(7);

    for (let nth = 1; nth <= calls; nth += 1) {
      expect(await played(nth), `call ${nth}`).toMatchObject({
        refunded: REFUNDED,
        intents: ['succeeded'],
      });
    }
  },
);

test.each(FAULT_KINDS)('a refund that is %s is made once', async (kind) => {
  const [provider, key] = [await createProvider(), randomUUID()];
  await provider.authorize(key, charge());
  await provider.capture(key);
  stripe.injectFaults({ at: '/v1/refunds', kind });

  expect(await retryUntilKnown(() => provider.refund(key, ALL))).toEqual(REFUNDED);
  expect(await provider.refund(key, ALL)).toEqual(REFUNDED);
});

test('a refund that is refused is failed each time, and works once the cause is mended', async () => {
  const [provider, key] = [await createProvider(), randomUUID()];
  await provider.authorize(key, charge());
  await provider.capture(key);
  stripe.refundRejectionCode = 'balance_insufficient';

  const refused = [await provider.refund(key, ALL), await provider.refund(key, ALL)];
  stripe.refundRejectionCode = undefined;

  expect(refused).toEqual(Array(2).fill({ status: 'failed', code: 'balance_insufficient' }));
  expect(await provider.refund(key, ALL)).toEqual(REFUNDED);
});

test('what was begun, and never confirmed, is no authorization', async () => {
  const [provider, key] = [await createProvider(), randomUUID()];
  stripe.injectFaults({ at: '/confirm', kind: 'serverError' });

  await expect(provider.authorize(key, charge())).rejects.toThrow(OutcomeUnknownError);

  expect(await provider.lookup(key)).toEqual({ status: 'unknown' });
  expect(await provider.void(key)).toEqual({ status: 'voided' });
  expect(await provider.authorize(key, charge())).toEqual({ status: 'voided' });
});

test('a payment method that Stripe does not know is a refusal, and charges nobody', async () => {
  const [provider, key] = [await createProvider(), randomUUID()];

  const answer = await provider
    .authorize(key, charge('pm_nobody'))
    .catch((error: unknown) => error);

  expect(answer).toEqual({ status: 'declined', code: 'resource_missing' });
});

describe('an amount that Stripe rejects is declined with the code', () => {
  test.each([
    [49, 'EUR', 'amount_too_small'],
    [100_000_000, 'USD', 'amount_too_large'],
    [1_001, 'KWD', 'invalid_request_error'],
    [1_000, 'XXX', 'invalid_request_error'],
  ])('%s %s: %s', async (amount, currency, code) => {
    const [provider, key] = [await createProvider(), randomUUID()];
    const given = { amount, currency, paymentMethod: 'pm_card_visa' };

    const answers = [await provider.authorize(key, given), await provider.authorize(key, given)];

    expect(answers).toEqual(
      Array(2).fill({ status: 'declined', code: expect.stringContaining(code) }),
    );
  });

  test.each([
    [50, 'EUR'],
    [99_999_999, 'USD'],
    [1_010, 'KWD'],
  ])('%s %s is authorized', async (amount, currency) => {
    const provider = await createProvider();

    const answer = await provider.authorize(randomUUID(), { ...charge(), amount, currency });

    expect(answer).toEqual({ status: 'authorized' });
  });
});

const createCaptured = async () => {
  const [provider, key] = [await createProvider(), randomUUID()];
  await provider.authorize(key, charge());
  await provider.capture(key);
  const [intent] = stripe.intentsOf(key);
  if (intent === undefined) throw new Error('there is no intent');
  return { provider, key, intent };
};
const refundsOf = async (provider: PaymentProvider, key: string) => {
  const found = await provider.lookup(key);
  return found.status === 'captured' ? found.refunds : found.status;
};

describe('a 500 that Stripe stored under a key', () => {
  test.each(['refund', 'void'] as const)(
    'of a %s is not replayed: the next try has another key',
    async (step) => {
      const [provider, key] = [await createProvider(), randomUUID()];
      await provider.authorize(key, charge());
      if (step === 'refund') await provider.capture(key);
      const ask = () => (step === 'refund' ? provider.refund(key, ALL) : provider.void(key));
      stripe.injectFaults({
        at: step === 'refund' ? '/v1/refunds' : '/cancel',
        kind: 'serverError',
      });

      // When the intent can be read after the error, a void returns the record and is requested
      // again.
      await ask().catch((error: unknown) => expect(error).toBeInstanceOf(OutcomeUnknownError));
      const again = await ask();

      expect(again).toEqual(step === 'refund' ? REFUNDED : { status: 'voided' });
    },
  );

  test('of a refund that was done all the same is found by its id, and not made twice', async () => {
    const { provider, key, intent } = await createCaptured();
    const part = { refundId: 'r1', amount: 100 };
    stripe.injectFaults({ at: '/v1/refunds', kind: 'serverErrorAfterEffect' });

    await retryUntilKnown(() => provider.refund(key, part));

    expect(intent.refunds).toHaveLength(1);
    expect(await refundsOf(provider, key)).toEqual([{ ...part, status: 'DONE' }]);
  });
});

describe('refunds', () => {
  test('that are pending are pending, then done', async () => {
    const { provider, key, intent } = await createCaptured();
    stripe.newRefundStatus = 'pending';

    await provider.refund(key, ALL);
    const before = await refundsOf(provider, key);
    for (const refund of intent.refunds) stripe.setRefundStatus(refund, 'succeeded');

    expect(before).toEqual([{ ...ALL, status: 'PENDING' }]);
    expect(await refundsOf(provider, key)).toEqual([{ ...ALL, status: 'DONE' }]);
  });

  test('that fail days later are failed, and a new one under a new id is made', async () => {
    const { provider, key, intent } = await createCaptured();
    await provider.refund(key, ALL);
    for (const refund of intent.refunds) stripe.setRefundStatus(refund, 'failed');

    const failed = await refundsOf(provider, key);
    await provider.refund(key, { ...ALL, refundId: 'r2' });

    const [first, second] = [
      { ...ALL, status: 'FAILED', failureCode: 'expired_or_canceled_card' },
      { ...ALL, refundId: 'r2', status: 'DONE' },
    ];
    expect(failed).toEqual([first]);
    expect(await refundsOf(provider, key)).toEqual([first, second]);
  });

  test('made in the dashboard are listed with their origin', async () => {
    const { provider, key, intent } = await createCaptured();
    const { id } = stripe.refundInDashboard(intent, 300);

    const refund = { refundId: id, amount: 300, status: 'DONE', origin: 'DASHBOARD' };
    expect(await refundsOf(provider, key)).toEqual([refund]);
    expect(await provider.listRefundsSince(Date.now() - 60_000)).toContainEqual({ key, refund });
  });

  test('are listed all where there are more than the charge shows', async () => {
    const { provider, key, intent } = await createCaptured();
    for (let made = 0; made < 12; made += 1) stripe.refundInDashboard(intent, 10);

    expect(await refundsOf(provider, key)).toHaveLength(12);
  });

  test.each([
    ['lost', 'DONE'],
    ['won', 'FAILED'],
  ] as const)(
    'taken by a bank in a dispute are pending until it is %s',
    async (outcome, status) => {
      const { provider, key, intent } = await createCaptured();
      const dispute = stripe.dispute(intent);
      const taken = { refundId: dispute.id, amount: AMOUNT, origin: 'DISPUTE' };

      const open = await refundsOf(provider, key);
      stripe.closeDispute(dispute, outcome);

      expect(open).toEqual([{ ...taken, status: 'PENDING' }]);
      expect(await refundsOf(provider, key)).toEqual([{ ...taken, status }]);
    },
  );
});

describe('a card whose bank requires an action', () => {
  const required = async () => {
    const [provider, key] = [await createProvider(), randomUUID()];
    const answer = await provider.authorize(key, charge('pm_card_authenticationRequired'));
    const [intent] = stripe.intentsOf(key);
    if (intent === undefined) throw new Error('there is no intent');
    return { provider, key, intent, answer };
  };
  const again = (provider: PaymentProvider, key: string) =>
    provider.authorize(key, charge('pm_card_authenticationRequired'));

  test('is no decline: the response says what the customer has to do', async () => {
    const { provider, key, intent, answer } = await required();

    const nextAction = { type: 'use_stripe_sdk', clientSecret: `${intent.id}_secret_double` };
    expect(answer).toEqual({ status: 'requiresAction', nextAction });
    expect(await again(provider, key)).toEqual(answer);
  });

  test('is authorized once the customer has done it', async () => {
    const { provider, key, intent } = await required();
    stripe.authenticate(intent, true);

    expect(await again(provider, key)).toEqual({ status: 'authorized' });
  });

  test('is declined when the customer fails to', async () => {
    const { provider, key, intent } = await required();
    stripe.authenticate(intent, false);

    const code = 'payment_intent_authentication_failure';
    expect(await again(provider, key)).toEqual({ status: 'declined', code });
  });

  test('is voided when it is not done in time', async () => {
    const { provider, key } = await required();

    expect(await provider.void(key)).toEqual({ status: 'voided' });
    expect(await again(provider, key)).toEqual({ status: 'voided' });
  });
});
