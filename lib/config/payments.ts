import type * as z from 'zod/mini';
import { choice, option, rule, text } from './option.ts';

/**
 * Complete ARN of a secret. An IAM policy allows nothing if the ARN lacks the six random characters
 * at the end.
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot.html#ARN_secretnamehyphen
 */
const SECRET_ARN =
  /^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@-]+-[A-Za-z0-9]{6}$/;
const KEY_ARN = /^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key\/[A-Za-z0-9-]+$/;

export const PAYMENTS_OPTIONS = {
  paymentProvider: option(choice('sandbox', 'stripe'), {
    description:
      '`stripe` takes payments and requires `stripeSecretArn`. `sandbox` moves no money. Required in a protected stage',
    defaultText: '`sandbox` in a stage that is not protected',
  }),
  stripeSecretArn: option(
    text(
      SECRET_ARN,
      'the complete ARN of a secret in Secrets Manager, including the hyphen and the six random characters at its end',
    ),
    {
      description:
        'ARN of the secret with the Stripe keys, as JSON: `{"secretKey", "webhookSecret"}`',
      defaultText: 'none',
    },
  ),
  stripeSecretKeyArn: option(
    text(KEY_ARN, 'the ARN of a KMS key: arn:aws:kms:REGION:ACCOUNT:key/ID'),
    {
      description:
        'ARN of the KMS key that encrypts the secret, if it is a key of the account. Its key policy must allow the account’s IAM policies to grant its use',
      defaultText: 'the key that AWS manages for Secrets Manager',
    },
  ),
};

export type PaymentsOptions = z.output<z.ZodMiniObject<typeof PAYMENTS_OPTIONS>>;

export const PAYMENTS_RULES = [
  rule<PaymentsOptions>(
    ['paymentProvider', 'stripeSecretArn'],
    ({ paymentProvider, stripeSecretArn }) =>
      (paymentProvider === 'stripe') === (stripeSecretArn !== undefined)
        ? undefined
        : 'paymentProvider stripe and stripeSecretArn must be set together',
  ),
  rule<PaymentsOptions>(
    ['stripeSecretArn', 'stripeSecretKeyArn'],
    ({ stripeSecretArn, stripeSecretKeyArn }) =>
      stripeSecretKeyArn !== undefined && stripeSecretArn === undefined
        ? 'stripeSecretKeyArn needs stripeSecretArn'
        : undefined,
  ),
];
