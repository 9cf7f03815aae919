import * as z from 'zod/mini';
import { type RecordKind, recordKind } from '../../shared/read-record.ts';

/** What the sandbox has on record of an attempt. */
export type SandboxRecord = {
  readonly status: 'authorized' | 'declined' | 'captured' | 'voided' | 'refunded';
  readonly amount: number;
  readonly paymentMethod: string;
  readonly code?: string;
  /** Refunds that were asked for and failed. */
  readonly refundFailures: number;
};

const Count = z.int().check(z.minimum(0));

export const SANDBOX_PREFIX = 'AUTHORIZATION#';
export const SANDBOX_RECORD = recordKind<SandboxRecord>({
  table: 'sandbox',
  type: undefined,
  pk: SANDBOX_PREFIX,
  sk: 'AUTHORIZATION',
  schema: z.object({
    status: z.enum(['authorized', 'declined', 'captured', 'voided', 'refunded']),
    amount: Count,
    paymentMethod: z.string(),
    code: z.exactOptional(z.string()),
    refundFailures: Count,
  }),
});

/** What is known here of an attempt at Stripe: its intent, or that there must never be one. */
export type StripeAttempt = {
  readonly intentId?: string;
  readonly isVoided: boolean;
  readonly refundsRefused: number;
};

export const STRIPE_PREFIX = 'STRIPE#';
export const STRIPE_ATTEMPT = recordKind<StripeAttempt>({
  table: 'stripe',
  type: undefined,
  pk: STRIPE_PREFIX,
  sk: 'ATTEMPT',
  schema: z.object({
    intentId: z.exactOptional(z.string().check(z.minLength(1))),
    isVoided: z.boolean(),
    refundsRefused: Count,
  }),
});

/** Every kind of record that an adapter of a provider keeps. */
export const PROVIDER_RECORDS: readonly RecordKind<unknown>[] = [SANDBOX_RECORD, STRIPE_ATTEMPT];
