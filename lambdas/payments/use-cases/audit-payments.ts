import type { PaymentAudit } from '../../contracts/api/audit.ts';
import { AUDIT_ITEMS_MAX, type AuditQuery } from '../../contracts/api/audit-queries.ts';
import {
  type Instant,
  MILLISECONDS_PER_SECOND,
  SECONDS_PER_DAY,
} from '../../shared/core/instant.ts';
import { ok, type Result } from '../../shared/core/result.ts';
import type { ReadRecordsPage } from '../../shared/core/unreadable-record.ts';
import { logger } from '../../shared/observability/logger.ts';
import {
  attemptKeyOf,
  isOfOtherProvider,
  isRefundMissing,
  type Payment,
  parseAttemptKey,
} from '../domain/payment.ts';
import { resultIfKnown, saveProviderRecord } from './change-payment.ts';
import type { PaymentProvider, PaymentReader, PaymentStore } from './ports.ts';

type Ports = {
  readonly payments: PaymentStore;
  readonly reader: PaymentReader;
  readonly provider: PaymentProvider;
};

/** Time for which a refund may still fail. https://docs.stripe.com/refunds#failed-refunds */
export const REFUND_LOOKUP_SECONDS = 30 * SECONDS_PER_DAY;
/** Time after which a required action is voided. The order's hold ended long before. */
export const ACTION_SECONDS_MAX = 60 * 60;

/**
 * Returns the payments of some ids, or a page of all payments, for the reconciler. Looks up
 * payments that wait for the provider first. The first page also looks up payments with recent
 * refunds and disputes that are not on record, in case a webhook message was lost.
 */
export async function auditPayments(
  ports: Ports,
  { ids, ...segment }: AuditQuery,
  now: Instant,
): Promise<Result<ReadRecordsPage<PaymentAudit>, never>> {
  const { reader } = ports;
  const isFirstPage = ids === undefined && segment.segment === 0 && segment.cursor === undefined;
  if (isFirstPage) await recordRecentRefunds(ports, now);
  const page: ReadRecordsPage<Payment> =
    ids === undefined ? await reader.scanSegment(segment) : await reader.getAll(ids);
  const items = await Promise.all(
    page.items.map((payment) => refreshWaitingPayment(ports, payment, now)),
  );
  return ok({ ...page, items: items.map(toAudit) });
}

async function refreshWaitingPayment(
  { payments, provider }: Ports,
  payment: Payment,
  now: Instant,
): Promise<Payment> {
  const { status, refunds = [], updatedAt } = payment;
  const isWaiting =
    status === 'REQUIRES_ACTION' || refunds.some((refund) => refund.status === 'PENDING');
  if (!isWaiting || isOfOtherProvider(payment, provider.name)) return payment;
  const key = attemptKeyOf(payment);
  const isExpired =
    status === 'REQUIRES_ACTION' &&
    now - Date.parse(updatedAt) > ACTION_SECONDS_MAX * MILLISECONDS_PER_SECOND;
  const found = await resultIfKnown(() => provider.lookup(key));
  if (found?.status === 'requiresAction' && isExpired) {
    const voided = await resultIfKnown(() => provider.void(key));
    return voided === undefined ? payment : saveProviderRecord(payments, payment, voided, now);
  }
  if (found === undefined) {
    logger.warn('provider lookup failed', { key });
    return payment;
  }
  return saveProviderRecord(payments, payment, found, now);
}

/** Looks up each payment whose record lacks a recent refund or dispute. */
async function recordRecentRefunds(
  { payments, reader, provider }: Ports,
  now: Instant,
): Promise<void> {
  const since = now - REFUND_LOOKUP_SECONDS * MILLISECONDS_PER_SECOND;
  const recent = await resultIfKnown(() => provider.listRefundsSince(since));
  if (recent === undefined) {
    logger.warn('provider did not list recent refunds', {});
    return;
  }
  const byKey = Map.groupBy(
    recent.filter(({ key }) => parseAttemptKey(key) !== undefined),
    ({ key }) => key,
  );
  const keys = [...byKey.keys()];
  for (let from = 0; from < keys.length; from += AUDIT_ITEMS_MAX) {
    // The scan reports unreadable records.
    const { items } = await reader.getAll(keys.slice(from, from + AUDIT_ITEMS_MAX));
    for (const payment of items) {
      if (isOfOtherProvider(payment, provider.name)) continue;
      const key = attemptKeyOf(payment);
      const refunds = (byKey.get(key) ?? []).map(({ refund }) => refund);
      if (!refunds.some((refund) => isRefundMissing(payment, refund))) continue;
      const found = await resultIfKnown(() => provider.lookup(key));
      if (found !== undefined) await saveProviderRecord(payments, payment, found, now);
    }
  }
}

const toAudit = ({ refunds = [], ...payment }: Payment): PaymentAudit => {
  const { orderId, attempt, status, version, updatedAt, amount, currency } = payment;
  const { capturedAmount, refundedAmount } = payment;
  return {
    orderId,
    attempt,
    status,
    version,
    updatedAt,
    amount,
    currency,
    capturedAmount,
    refundedAmount,
    refunds: [...refunds],
  };
};
