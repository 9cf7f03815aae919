import type { ContextReader } from './context-reader.ts';
import { keysOf, type Options } from './option.ts';

export const PAYMENTS_OPTIONS = {
  paymentProvider: {
    meaning:
      '`stripe` takes the money, with `stripeSecretArn`; `sandbox` moves no money. A protected stage must name one',
    fallback: '`sandbox` in a stage that is not protected',
  },
  stripeSecretArn: {
    meaning: 'ARN of the secret with the keys of Stripe, as JSON: `{"secretKey", "webhookSecret"}`',
    fallback: 'none',
  },
} as const satisfies Options<string>;
export const PAYMENTS_KEYS = keysOf(PAYMENTS_OPTIONS);

export type PaymentsConfig = {
  readonly paymentProvider: 'sandbox' | 'stripe';
  readonly stripeSecretArn?: string;
};

type Reader = ContextReader<keyof typeof PAYMENTS_OPTIONS>;

/** Reads who moves the money. A protected stage must say it: a deployment without its settings must not stop taking money. */
export function paymentsConfig(
  read: Reader,
  { stage, isProtected }: { readonly stage: string; readonly isProtected: boolean },
): PaymentsConfig {
  const paymentProvider = read.choice('paymentProvider', ['sandbox', 'stripe']) ?? 'sandbox';
  if (isProtected && !read.isGiven('paymentProvider'))
    read.faults.push(
      `paymentProvider must be named in the protected stage ${stage}: stripe, or sandbox, which moves no money`,
    );
  const secret = /^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:\S+$/;
  const stripeSecretArn = read.text('stripeSecretArn', secret, 'the ARN of a secret in Secrets Manager');
  if ((paymentProvider === 'stripe') !== read.isGiven('stripeSecretArn'))
    read.faults.push('paymentProvider stripe and stripeSecretArn go together');
  return { paymentProvider, ...(stripeSecretArn === undefined ? {} : { stripeSecretArn }) };
}
