import type { Instant } from '../../shared/core/instant.ts';
import type { ReadRecords, ReadRecordsPage } from '../../shared/core/unreadable-record.ts';
import type { Payment, ProviderRecord } from '../domain/payment.ts';
import type { Refund } from '../domain/refund.ts';

/** Segment of a scan, from the end of the last page. */
export type ScanSegment = {
  readonly segment: number;
  readonly segments: number;
  readonly cursor?: string | undefined;
};

export interface PaymentStore {
  /** Reads a payment, strongly consistent. */
  get(key: { readonly orderId: string; readonly attempt: number }): Promise<Payment | undefined>;
  /** Writes a version. Returns false when the stored payment is not at the version before. */
  save(payment: Payment): Promise<boolean>;
}

/** Port for audits of payments. */
export interface PaymentReader {
  /**
   * Returns the existing payments and the unreadable ones, by `<orderId>-<attempt>`; strongly
   * consistent.
   */
  getAll(keys: readonly string[]): Promise<ReadRecords<Payment>>;
  /** Returns a page of all records, unordered. A page may be empty and not be the last. */
  scanSegment(part: ScanSegment): Promise<ReadRecordsPage<Payment>>;
}

export type Charge = {
  readonly amount: number;
  readonly currency: string;
  readonly paymentMethod: string;
};

/**
 * Payment service provider. Each call acts under the key of one attempt and has one effect: a
 * repeat returns the stored record. Each call returns the current record, also when it could not
 * change it (a declined authorization, a capture of a voided attempt). A rejection that the record
 * would allow (a capture or a refund that the bank rejects) returns `failed` and leaves the record.
 *
 * Throws OutcomeUnknownError when no result arrived: the call may have taken effect, or may still.
 * Call `lookup` first.
 */
export interface PaymentProvider {
  /** Name stored in payments. */
  readonly name: string;
  authorize(key: string, charge: Charge): Promise<ProviderRecord>;
  /** Captures the whole authorized amount. */
  capture(key: string): Promise<ProviderRecord | ProviderFailure>;
  /**
   * Voids an attempt, including one never requested. Nothing can be authorized under its key
   * afterwards.
   */
  void(key: string): Promise<ProviderRecord>;
  /** Refunds a part of the captured amount, once per refund id. */
  refund(key: string, refund: RefundRequest): Promise<ProviderRecord | ProviderFailure>;
  lookup(key: string): Promise<ProviderRecord>;
  /** Returns the refunds and disputes created at `since` or later, with their attempts' keys. */
  listRefundsSince(
    since: Instant,
  ): Promise<readonly { readonly key: string; readonly refund: Refund }[]>;
}

export type RefundRequest = Pick<Refund, 'refundId' | 'amount'>;
export type ProviderFailure = { readonly status: 'failed'; readonly code: string };

export class OutcomeUnknownError extends Error {
  override readonly name = 'OutcomeUnknownError';
}
