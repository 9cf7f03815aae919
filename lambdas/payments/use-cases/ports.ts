import type { Instant } from '../../shared/core/instant.ts';
import type { ReadRecords, ReadRecordsPage } from '../../shared/core/unreadable-record.ts';
import type { Payment, ProviderRecord } from '../domain/payment.ts';
import type { Refund } from '../domain/refund.ts';

/** One of so many parts of a walk, from where the last page ended. */
export type ScanSegment = {
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
export interface PaymentReader {
  /** Those that there are, and those that cannot be read, by `<orderId>-<attempt>`; strongly consistent. */
  getAll(keys: readonly string[]): Promise<ReadRecords<Payment>>;
  /** A page of a walk over all records, in no order; it may be without payments and still not the last. */
  scanSegment(part: ScanSegment): Promise<ReadRecordsPage<Payment>>;
}

export type Charge = {
  readonly amount: number;
  readonly currency: string;
  readonly paymentMethod: string;
};

/**
 * A payment service provider. Each call acts under the key of one attempt, and at most once: a repeat
 * returns what the record says. Each call returns the record as it then is, also when the call could not
 * change it (a declined authorization, a capture of a voided attempt). What the provider refuses although
 * the record would allow it (a capture or a refund that the bank rejects) is `failed`, and the record stays.
 *
 * Throws OutcomeUnknown when no result arrived: the call may have been done, or may yet be. Call `lookup` first.
 */
export interface PaymentProvider {
  /** Name that payments are recorded with. */
  readonly name: string;
  authorize(key: string, charge: Charge): Promise<ProviderRecord>;
  /** Captures the whole authorized amount. */
  capture(key: string): Promise<ProviderRecord | ProviderFailure>;
  /** Voids an attempt, also one that was never requested: nothing can be authorized under its key afterwards. */
  void(key: string): Promise<ProviderRecord>;
  /** Refunds a part of the captured amount, once for each refund id. */
  refund(key: string, refund: RefundRequest): Promise<ProviderRecord | ProviderFailure>;
  lookup(key: string): Promise<ProviderRecord>;
  /** Refunds and disputes that began at `since` or later, with the keys of their attempts. */
  listRefundsSince(
    since: Instant,
  ): Promise<readonly { readonly key: string; readonly refund: Refund }[]>;
}

export type RefundRequest = Pick<Refund, 'refundId' | 'amount'>;
export type ProviderFailure = { readonly status: 'failed'; readonly code: string };

export class OutcomeUnknownError extends Error {
  override readonly name = 'OutcomeUnknownError';
}
