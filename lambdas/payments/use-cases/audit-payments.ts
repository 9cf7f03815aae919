import { AUDIT_ITEMS_MAX, type AuditQuery, type PaymentAudit } from '../../contracts/audit-api.ts';
import {
  type Instant,
  MILLISECONDS_PER_SECOND,
  SECONDS_PER_DAY,
} from '../../shared/core/instant.ts';
import { accepted, type Result } from '../../shared/core/result.ts';
import type { FoundPage } from '../../shared/core/unreadable.ts';
import { log } from '../../shared/observability/logger.ts';
import { attemptOf, isMissing, isOfAnother, keyOf, type Payment } from '../domain/payment.ts';
import type { PaymentProvider, PaymentStore, PaymentWalk } from './ports.ts';
import { answered, record } from './settle.ts';

type Ports = {
  readonly payments: PaymentStore;
  readonly walk: PaymentWalk;
  readonly provider: PaymentProvider;
};

/** A refund may fail this long after it was made. https://docs.stripe.com/refunds#failed-refunds */
export const REFUNDS_LOOKED_AT_SECONDS = 30 * SECONDS_PER_DAY;
/** A payment that still requires an action after this time is voided: its order's hold is long over. */
export const ACTION_SECONDS_MAX = 60 * 60;

/**
 * Returns the payments of some ids, or a page of all of them, for the reconciler. Payments that wait for the
 * provider are looked up first; the first page of a walk also looks up the payments with recent refunds and
 * disputes that are not on record, in case the provider's message was lost.
 */
export async function auditPayments(
  ports: Ports,
  { ids, ...part }: AuditQuery,
  now: Instant,
): Promise<Result<FoundPage<PaymentAudit>, never>> {
  const { walk } = ports;
  const isFirstPage = ids === undefined && part.segment === 0 && part.cursor === undefined;
  if (isFirstPage) await recordRefunds(ports, now);
  const page: FoundPage<Payment> =
    ids === undefined ? await walk.walk(part) : await walk.getAll(ids);
  const items = await Promise.all(page.items.map((payment) => lookedUp(ports, payment, now)));
  return accepted({ ...page, items: items.map(toAudit) });
}

async function lookedUp(
  { payments, provider }: Ports,
  payment: Payment,
  now: Instant,
): Promise<Payment> {
  const { status, refunds = [], updatedAt } = payment;
  const isWaiting =
    status === 'REQUIRES_ACTION' || refunds.some((refund) => refund.status === 'PENDING');
  if (!isWaiting || isOfAnother(payment, provider.name)) return payment;
  const key = keyOf(payment);
  const isOver =
    status === 'REQUIRES_ACTION' &&
    now - Date.parse(updatedAt) > ACTION_SECONDS_MAX * MILLISECONDS_PER_SECOND;
  const found = await answered(() => provider.lookup(key));
  if (found?.status === 'requiresAction' && isOver) {
    const voided = await answered(() => provider.void(key));
    return voided === undefined ? payment : record(payments, payment, voided, now);
  }
  if (found === undefined) {
    log.warn('the provider did not return its record of a payment', { key });
    return payment;
  }
  return record(payments, payment, found, now);
}

/** Looks up each payment with a recent refund or dispute that its record does not have as the provider has it. */
async function recordRefunds({ payments, walk, provider }: Ports, now: Instant): Promise<void> {
  const since = now - REFUNDS_LOOKED_AT_SECONDS * MILLISECONDS_PER_SECOND;
  const recent = await answered(() => provider.refundsSince(since));
  if (recent === undefined) {
    log.warn('the provider did not list its recent refunds', {});
    return;
  }
  const byKey = Map.groupBy(
    recent.filter(({ key }) => attemptOf(key) !== undefined),
    ({ key }) => key,
  );
  const keys = [...byKey.keys()];
  for (let from = 0; from < keys.length; from += AUDIT_ITEMS_MAX) {
    // A record that cannot be read is reported by the walk.
    const { items } = await walk.getAll(keys.slice(from, from + AUDIT_ITEMS_MAX));
    for (const payment of items) {
      if (isOfAnother(payment, provider.name)) continue;
      const key = keyOf(payment);
      const refunds = (byKey.get(key) ?? []).map(({ refund }) => refund);
      if (!refunds.some((refund) => isMissing(payment, refund))) continue;
      const found = await answered(() => provider.lookup(key));
      if (found !== undefined) await record(payments, payment, found, now);
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
