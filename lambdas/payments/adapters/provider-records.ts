import * as z from 'zod/mini';
import { defineRecordKind, type RecordKind } from '../../shared/dynamodb/read-record.ts';
import type { Refund } from '../domain/refund.ts';
import { STORED_REFUND } from './payment-records.ts';

/**
 * Refund in the sandbox. `nextStatus` applies from `at` (milliseconds since 1970) on, without a
 * write.
 */
export type SandboxRefund = Refund & {
  readonly nextStatus?: { readonly at: number; readonly status: Refund['status'] };
};

/** Sandbox record of an attempt. */
export type SandboxRecord = {
  readonly status: 'requires_action' | 'authorized' | 'declined' | 'captured' | 'voided';
  readonly amount: number;
  readonly paymentMethod: string;
  readonly code?: string;
  /** Status from a time on, for an attempt that requires an action. */
  readonly nextStatus?: { readonly at: number; readonly status: 'authorized' | 'declined' };
  /** Number of rejected refund requests. */
  readonly refundFailures: number;
  readonly refunds?: readonly SandboxRefund[];
  /** Time of the latest refund or dispute, in milliseconds since 1970. */
  readonly refundedAt?: number;
};

/** Table name in reports. It is the same for all providers, whose keys have different prefixes. */
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

/** Stripe calls that change something. */
export type StripeCall = 'create' | 'confirm' | 'capture' | 'cancel' | 'refund';
export type StripeCounter = `${StripeCall}Errors`;

/**
 * Record of an attempt at Stripe: its intent, or that none may be created. Each counter is the
 * number of idempotency keys of a call that ended with an error; the next call uses the next key.
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

/** Every kind of record that a provider's adapter stores. */
export const PROVIDER_RECORDS: readonly RecordKind<unknown>[] = [SANDBOX_RECORD, STRIPE_ATTEMPT];
