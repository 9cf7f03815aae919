import type { Found, FoundPage } from '../../shared/unreadable.ts';
import type { Payment, ProviderRecord } from '../domain/payment.ts';

/** One of so many parts of a walk, from where the last page ended. */
export type Part = {
  readonly segment: number;
  readonly segments: number;
  readonly cursor?: string | undefined;
};

export interface PaymentStore {
  /** Strongly consistent. */
  get(key: { readonly orderId: string; readonly attempt: number }): Promise<Payment | undefined>;
  /** False when the stored payment is not at the version before this one's (or, for version 1, is there already). */
  save(payment: Payment): Promise<boolean>;
}

/** The payments as an auditor reads them. */
export interface PaymentWalk {
  /** Those that there are, and those that cannot be read, by `<orderId>-<attempt>`; strongly consistent. */
  getAll(keys: readonly string[]): Promise<Found<Payment>>;
  /** A page of a walk over all records, in no order; it may be without payments and still not the last. */
  walk(part: Part): Promise<FoundPage<Payment>>;
}

export type Charge = {
  readonly amount: number;
  readonly currency: string;
  readonly paymentMethod: string;
};

/**
 * A payment service provider. Everything is done under the key of one attempt, and at most once: a repeat answers what the
 * record says. Each call answers the record as it then stands, also when the call could not change it (a declined
 * authorization, a capture of what was voided). What it cannot do although the record would allow it (a capture or a refund
 * that the bank refuses) is the refusal `failed`, and the record stays as it was.
 *
 * Throws OutcomeUnknown when no answer came: the call may have been done, or may yet be. Ask `lookup` before anything else.
 */
export interface PaymentProvider {
  authorize(key: string, charge: Charge): Promise<ProviderRecord>;
  /** Of the whole authorised amount. */
  capture(key: string): Promise<ProviderRecord | Failed>;
  /** Also of a key that was never seen: nothing can be authorised under it any more. */
  void(key: string): Promise<ProviderRecord>;
  /** Of the whole captured amount. */
  refund(key: string): Promise<ProviderRecord | Failed>;
  lookup(key: string): Promise<ProviderRecord>;
}

export type Failed = { readonly status: 'failed'; readonly code: string };

export class OutcomeUnknown extends Error {
  override readonly name = 'OutcomeUnknown';
}
