import type { AuditQuery, PaymentAudit } from '../../contracts/audit-api.ts';
import { accepted, type Result } from '../../shared/result.ts';
import type { FoundPage } from '../../shared/unreadable.ts';
import type { Payment } from '../domain/payment.ts';
import type { PaymentWalk } from './ports.ts';

/** What the reconciler is told: the payments of some ids, or a page of all of them. */
export async function auditPayments(
  payments: PaymentWalk,
  { ids, ...part }: AuditQuery,
): Promise<Result<FoundPage<PaymentAudit>, never>> {
  const page: FoundPage<Payment> = ids === undefined ? await payments.walk(part) : await payments.getAll(ids);
  return accepted({ ...page, items: page.items.map(toAudit) });
}

const toAudit = (payment: Payment): PaymentAudit => {
  const { orderId, attempt, status, version, updatedAt, amount, currency } = payment;
  const { capturedAmount, refundedAmount } = payment;
  return { orderId, attempt, status, version, updatedAt, amount, currency, capturedAmount, refundedAmount };
};
