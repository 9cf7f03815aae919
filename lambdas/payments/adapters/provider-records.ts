import * as z from 'zod/mini';
import { defineRecordKind, type RecordKind } from '../../shared/dynamodb/read-record.ts';
import type { Refund } from '../domain/refund.ts';
import { STORED_REFUND } from './payment-records.ts';

/** A refund in the sandbox. `nextStatus`: its status from a time on, in milliseconds since 1970; nothing has to run for it. */
export type SandboxRefund = Refund & {
  readonly nextStatus?: { readonly at: number; readonly status: Refund['status'] };
};

/** What the sandbox has on record of an attempt. */
export type SandboxRecord = {
  readonly status: 'requires_action' | 'authorized' | 'declined' | 'captured' | 'voided';
  readonly amount: number;
  readonly paymentMethod: string;
  readonly code?: string;
  /** Status from a time on, of an attempt that requires an action. */
  readonly nextStatus?: { readonly at: number; readonly status: 'authorized' | 'declined' };
  /** Refund requests that were rejected. */
  readonly refundFailures: number;
  readonly refunds?: readonly SandboxRefund[];
  /** Time of the latest refund or dispute, in milliseconds since 1970. */
  readonly refundedAt?: number;
};

/** Name of the one table of all providers' records in reports: no two providers have a prefix of their keys in common. */
const TABLE = 'provider';

const Count = z.int().check(z.minimum(0));
const nextStatusSchema = <Status extends z.ZodMiniType>(status: Status) =>
  z.exactOptional(z.object({ at: Count, status }));

export const SANDBOX_PREFIX = 'AUTHORIZATION#';
export const SANDBOX_RECORD = defineRecordKind<SandboxRecord>({
  table: TABLE,
  type: undefined,
  pk: SANDBOX_PREFIX,
  sk: 'AUTHORIZATION',
  schema: z.object({
    status: z.enum(['requires_action', 'authorized', 'declined', 'captured', 'voided']),
    amount: Count,
    paymentMethod: z.string(),
    code: z.exactOptional(z.string()),
    nextStatus: nextStatusSchema(z.enum(['authorized', 'declined'])),
    refundFailures: Count,
    refunds: z.exactOptional(
      z.array(
        z.extend(STORED_REFUND, { nextStatus: nextStatusSchema(STORED_REFUND.shape.status) }),
      ),
    ),
    refundedAt: z.exactOptional(Count),
  }),
});

/** Calls of Stripe that change something. */
export type StripeCall = 'create' | 'confirm' | 'capture' | 'cancel' | 'refund';
export type StripeCounter = `${StripeCall}Errors`;

/**
 * What is known of an attempt at Stripe: its intent, or that there must never be one. The counters are the
 * idempotency keys that Stripe answered with an error, by call; each error makes way for the next key.
 */
export type StripeAttempt = {
  readonly intentId?: string;
  readonly isVoided?: boolean;
} & { readonly [counter in StripeCounter]?: number };

export const STRIPE_PREFIX = 'STRIPE#';
export const STRIPE_ATTEMPT = defineRecordKind<StripeAttempt>({
  table: TABLE,
  type: undefined,
  pk: STRIPE_PREFIX,
  sk: 'ATTEMPT',
  schema: z.object({
    intentId: z.exactOptional(z.string().check(z.minLength(1))),
    isVoided: z.exactOptional(z.boolean()),
    createErrors: z.exactOptional(Count),
    confirmErrors: z.exactOptional(Count),
    captureErrors: z.exactOptional(Count),
    cancelErrors: z.exactOptional(Count),
    refundErrors: z.exactOptional(Count),
  }),
});

/** Every kind of record that an adapter of a provider keeps. */
export const PROVIDER_RECORDS: readonly RecordKind<unknown>[] = [SANDBOX_RECORD, STRIPE_ATTEMPT];
