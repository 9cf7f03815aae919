import type { Payment, ProviderRecord } from '../../../lambdas/payments/domain/payment.ts';
import { attemptKeyOf } from '../../../lambdas/payments/domain/payment.ts';
import { type Refund, sumRefunds } from '../../../lambdas/payments/domain/refund.ts';
import {
  type Charge,
  OutcomeUnknownError,
  type PaymentProvider,
  type PaymentReader,
  type PaymentStore,
  type ProviderFailure,
  type RefundRequest,
} from '../../../lambdas/payments/use-cases/ports.ts';
import type { ReadRecords } from '../../../lambdas/shared/core/unreadable-record.ts';

export class MemoryPaymentStore implements PaymentStore, PaymentReader {
  readonly saved: Payment[] = [];
  readonly #payments = new Map<string, Payment>();

  async get(key: Pick<Payment, 'orderId' | 'attempt'>): Promise<Payment | undefined> {
    return this.#payments.get(attemptKeyOf(key));
  }

  async getAll(keys: readonly string[]): Promise<ReadRecords<Payment>> {
    return { items: keys.flatMap((key) => this.#payments.get(key) ?? []), unreadable: [] };
  }

  async scanSegment(): Promise<ReadRecords<Payment>> {
    return { items: [...this.#payments.values()], unreadable: [] };
  }

  async save(payment: Payment): Promise<boolean> {
    if ((this.#payments.get(attemptKeyOf(payment))?.version ?? 0) !== payment.version - 1)
      return false;
    this.#payments.set(attemptKeyOf(payment), payment);
    this.saved.push(payment);
    return true;
  }
}

/** Fakes a bank with its own records: what it authorized, captured and refunded under each key. */
export class MemoryProvider implements PaymentProvider {
  readonly name: string = 'memory';
  readonly records = new Map<string, ProviderRecord>();
  readonly authorizations: string[] = [];
  declineCode: string | undefined;
  requiresAction = false;
  failsCapture = false;
  refundFailures = 0;
  /** Status of new refunds. */
  newRefundStatus: Refund['status'] = 'DONE';

  async authorize(key: string, _charge: Charge): Promise<ProviderRecord> {
    if (!this.records.has(key)) {
      this.authorizations.push(key);
      this.records.set(key, this.#firstRecord());
    }
    return this.lookup(key);
  }

  #firstRecord(): ProviderRecord {
    if (this.declineCode !== undefined) return { status: 'declined', code: this.declineCode };
    return this.requiresAction
      ? { status: 'requiresAction', nextAction: { type: 'redirect', url: 'https://bank.invalid/' } }
      : { status: 'authorized' };
  }

  async capture(key: string): Promise<ProviderRecord | ProviderFailure> {
    if (this.records.get(key)?.status !== 'authorized') return this.lookup(key);
    if (this.failsCapture) return { status: 'failed', code: 'capture_failed' };
    this.records.set(key, { status: 'captured', amount: AMOUNT, refunds: [] });
    return this.lookup(key);
  }

  async void(key: string): Promise<ProviderRecord> {
    const status = this.records.get(key)?.status;
    if (status === undefined || status === 'authorized' || status === 'requiresAction')
      this.records.set(key, { status: 'voided' });
    return this.lookup(key);
  }

  async refund(
    key: string,
    { refundId, amount }: RefundRequest,
  ): Promise<ProviderRecord | ProviderFailure> {
    const record = this.records.get(key);
    if (record?.status !== 'captured' || record.refunds.some((one) => one.refundId === refundId))
      return this.lookup(key);
    if (this.refundFailures > 0) {
      this.refundFailures -= 1;
      return { status: 'failed', code: 'refund_failed' };
    }
    const kept = record.amount - sumRefunds(record.refunds, 'PENDING', 'DONE');
    if (amount > kept) return { status: 'failed', code: 'amount_exceeds_capture' };
    this.setRefund(key, { refundId, amount, status: this.newRefundStatus });
    return this.lookup(key);
  }

  async lookup(key: string): Promise<ProviderRecord> {
    return this.records.get(key) ?? { status: 'unknown' };
  }

  async listRefundsSince(): Promise<readonly { readonly key: string; readonly refund: Refund }[]> {
    return [...this.records].flatMap(([key, record]) =>
      record.status === 'captured' ? record.refunds.map((refund) => ({ key, refund })) : [],
    );
  }

  /** Adds a refund to the records of the bank, or changes one. */
  setRefund(key: string, refund: Refund): void {
    const record = this.records.get(key);
    if (record?.status !== 'captured') throw new Error(`${key} is ${record?.status}`);
    const others = record.refunds.filter(({ refundId }) => refundId !== refund.refundId);
    this.records.set(key, { ...record, refunds: [...others, refund] });
  }
}

export const AMOUNT = 1700;
export class Crash extends Error {}

/** Fault of one call: none, a crash before or after it, a lost response, or a lost request. */
export type Fault = 'none' | 'crash before' | 'crash after' | 'lost response' | 'lost request';

/**
 * Returns the port with one fault for each of its next calls, in order, and none after the last.
 */
export function withFaults<Port extends object>(port: Port, faults: Fault[]): Port {
  return new Proxy(port, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== 'function') return method;
      return async (...parameters: unknown[]) => {
        const fault = faults.shift() ?? 'none';
        if (fault === 'crash before') throw new Crash(String(name));
        if (fault === 'lost request') throw new OutcomeUnknownError(String(name));
        const result: unknown = await Reflect.apply(method, target, parameters);
        if (fault === 'crash after') throw new Crash(String(name));
        if (fault === 'lost response') throw new OutcomeUnknownError(String(name));
        return result;
      };
    },
  });
}
