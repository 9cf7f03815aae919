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
  stripeSecretKeyArn: {
    meaning:
      'ARN of the KMS key that encrypts that secret, if it is a key of the account; its key policy must let IAM policies of the account allow its use',
    fallback: 'the key of AWS for Secrets Manager',
  },
} as const satisfies Options<string>;
export const PAYMENTS_KEYS = keysOf(PAYMENTS_OPTIONS);

export type PaymentsConfig = {
  readonly paymentProvider: 'sandbox' | 'stripe';
  readonly stripeSecretArn?: string;
  /** KMS key of the account that encrypts the secret; undefined for the key of AWS. */
  readonly stripeSecretKeyArn?: string;
};

type Reader = ContextReader<keyof typeof PAYMENTS_OPTIONS>;

/**
 * A policy with an ARN that lacks the six random characters at the end allows nothing.
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot.html#ARN_secretnamehyphen
 */
const SECRET_ARN =
  /^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@-]+-[A-Za-z0-9]{6}$/;
const KEY_ARN = /^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key\/[A-Za-z0-9-]+$/;

/** Reads who moves the money. A protected stage must say it: a deployment without its settings must not stop taking money. */
export function paymentsConfig(
  read: Reader,
  { stage, isProtected }: { readonly stage: string; readonly isProtected: boolean },
): PaymentsConfig {
  const paymentProvider = read.choice('paymentProvider', ['sandbox', 'stripe']) ?? 'sandbox';
  if (isProtected && !read.isGiven('paymentProvider'))
    read.errors.push(
      `paymentProvider must be named in the protected stage ${stage}: stripe, or sandbox, which moves no money`,
    );
  const stripeSecretArn = read.text(
    'stripeSecretArn',
    SECRET_ARN,
    'the complete ARN of a secret in Secrets Manager, with the dash and six characters that it ends with: IAM compares all of it',
  );
  const stripeSecretKeyArn = read.text(
    'stripeSecretKeyArn',
    KEY_ARN,
    'the ARN of a key in KMS: arn:aws:kms:REGION:ACCOUNT:key/ID',
  );
  if ((paymentProvider === 'stripe') !== read.isGiven('stripeSecretArn'))
    read.errors.push('paymentProvider stripe and stripeSecretArn must be set together');
  if (read.isGiven('stripeSecretKeyArn') && !read.isGiven('stripeSecretArn'))
    read.errors.push('stripeSecretKeyArn needs stripeSecretArn');
  return {
    paymentProvider,
    ...(stripeSecretArn === undefined ? {} : { stripeSecretArn }),
    ...(stripeSecretKeyArn === undefined ? {} : { stripeSecretKeyArn }),
  };
}
