import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  OutcomeUnknownError,
  type PaymentProvider,
} from '../../../lambdas/payments/use-cases/ports.ts';

const AMOUNT = 1700;
const ALL = { refundId: 'r1', amount: AMOUNT };

/** Payment methods by which a provider is made to behave in a certain way. */
export type PaymentMethods = { readonly good: string; readonly declined: string };

/** Tests of the port's contract, for any provider. */
export function paymentProviderContract(
  name: string,
  createProvider: () => Promise<PaymentProvider>,
  methods: PaymentMethods,
): void {
  const charge = (paymentMethod = methods.good) => ({
    amount: AMOUNT,
    currency: 'EUR',
    paymentMethod,
  });
  const createAuthorized = async () => {
    const [provider, key] = [await createProvider(), randomUUID()];
    await provider.authorize(key, charge());
    return { provider, key };
  };

  describe(`${name} as a payment provider`, () => {
    test('knows nothing of a key that it never saw', async () => {
      expect(await (await createProvider()).lookup(randomUUID())).toEqual({ status: 'unknown' });
    });

    test('authorises, captures and refunds, each once, and remembers it', async () => {
      const { provider, key } = await createAuthorized();

      const seen = [
        await provider.lookup(key),
        await provider.capture(key),
        await provider.capture(key),
        await provider.lookup(key),
        await provider.refund(key, ALL),
        await provider.refund(key, ALL),
        await provider.lookup(key),
      ];

      const [captured, refunded] = [
        { status: 'captured', amount: AMOUNT, refunds: [] },
        { status: 'captured', amount: AMOUNT, refunds: [{ ...ALL, status: 'DONE' }] },
      ];
      expect(seen).toEqual([
        { status: 'authorized' },
        captured,
        captured,
        captured,
        refunded,
        refunded,
        refunded,
      ]);
    });

    test('refunds in parts, each id once, and never more than was captured', async () => {
      const { provider, key } = await createAuthorized();
      await provider.capture(key);
      const [first, second] = [
        { refundId: 'r1', amount: AMOUNT - 100 },
        { refundId: 'r2', amount: 100 },
      ];

      await provider.refund(key, first);
      await provider.refund(key, first);
      const tooMuch = await provider.refund(key, { refundId: 'r2', amount: 101 });
      await provider.refund(key, second);

      expect(tooMuch.status).toBe('failed');
      const refunds = [first, second].map((refund) => ({ ...refund, status: 'DONE' }));
      expect(await provider.lookup(key)).toEqual({ status: 'captured', amount: AMOUNT, refunds });
      const listed = await provider.listRefundsSince(Date.now() - 60_000);
      expect(listed.filter((one) => one.key === key).map(({ refund }) => refund)).toEqual(
        expect.arrayContaining(refunds),
      );
    });

    test('lists no refund that began before', async () => {
      const { provider, key } = await createAuthorized();
      await provider.capture(key);
      await provider.refund(key, ALL);

      const listed = await provider.listRefundsSince(Date.now() + 60_000);

      expect(listed.filter((one) => one.key === key)).toEqual([]);
    });

    test('an authorization asked for ten times at once is one', async () => {
      const [provider, key] = [await createProvider(), randomUUID()];

      const answers = await Promise.all(
        Array.from({ length: 10 }, () => provider.authorize(key, charge())),
      );

      expect(answers).toEqual(Array(10).fill({ status: 'authorized' }));
    });

    test('declines with a code, and stays at it', async () => {
      const [provider, key] = [await createProvider(), randomUUID()];
      const declined = { status: 'declined', code: expect.any(String) };

      expect(await provider.authorize(key, charge(methods.declined))).toEqual(declined);
      expect(await provider.authorize(key, charge(methods.declined))).toEqual(declined);
      expect(await provider.lookup(key)).toEqual(declined);
    });

    test('voids what is authorised, after which nothing is captured', async () => {
      const { provider, key } = await createAuthorized();

      const seen = [
        await provider.void(key),
        await provider.void(key),
        await provider.capture(key),
      ];

      expect(seen).toEqual(Array(3).fill({ status: 'voided' }));
    });

    test('does not void what is captured', async () => {
      const { provider, key } = await createAuthorized();
      await provider.capture(key);

      expect(await provider.void(key)).toEqual({ status: 'captured', amount: AMOUNT, refunds: [] });
    });

    test('a key that is voided before it was seen cannot authorise any more', async () => {
      const [provider, key] = [await createProvider(), randomUUID()];

      await provider.void(key);

      expect(await provider.authorize(key, charge())).toEqual({ status: 'voided' });
    });

    test('of a capture and a void at once, one wins, and both say so', async () => {
      const { provider, key } = await createAuthorized();

      const [captured, voided] = await Promise.all([provider.capture(key), provider.void(key)]);

      const kept = await provider.lookup(key);
      expect(['captured', 'voided']).toContain(kept.status);
      expect([captured.status, voided.status]).toContain(kept.status);
    });
  });
}

/** Tests an authorization that took effect although its response was lost. */
export function testLostResponse(
  createProvider: () => Promise<PaymentProvider>,
  paymentMethod: string,
): void {
  test(`${paymentMethod} is authorised, but the answer is lost; a repeat is answered`, async () => {
    const [provider, key] = [await createProvider(), randomUUID()];
    const charge = { amount: AMOUNT, currency: 'EUR', paymentMethod };

    await expect(provider.authorize(key, charge)).rejects.toThrow(OutcomeUnknownError);

    expect(await provider.lookup(key)).toEqual({ status: 'authorized' });
    expect(await provider.authorize(key, charge)).toEqual({ status: 'authorized' });
  });
}
