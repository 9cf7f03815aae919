import type { RefundOrigin, RefundStatus } from '../../contracts/payment-commands.ts';
/**
 * Money of one capture that is given back. PENDING → DONE → FAILED, PENDING → FAILED: a refund may fail
 * days after the provider called it done. A refund never returns to an earlier status. A dispute is one
 * too: the bank takes the amount at once (PENDING), keeps it (DONE) or returns it (FAILED).
 */
export type Refund = {
  /** Ours (`r1`, `r2`, …), or the provider's own id where `origin` is present. */
  readonly refundId: string;
  /** Minor units. */
  readonly amount: number;
  readonly status: RefundStatus;
  /** Present for a failed refund. */
  readonly failureCode?: string;
  /** Absent for a refund that Stockbook requested. DASHBOARD: made at the provider. DISPUTE: taken by the bank. */
  readonly origin?: RefundOrigin;
};

/** Maximum number of refunds in a payment's record. */
export const REFUNDS_MAX = 100;

const RANK: Readonly<Record<RefundStatus, number>> = { PENDING: 0, DONE: 1, FAILED: 2 };

/**
 * Returns both lists as one. Of two entries with one id the later status counts, so that the order in
 * which reports arrive does not matter. The oldest failed entries make room beyond REFUNDS_MAX.
 */
export function mergeRefunds(
  known: readonly Refund[],
  reported: readonly Refund[],
): readonly Refund[] {
  const merged = new Map(known.map((refund) => [refund.refundId, refund]));
  for (const refund of reported) {
    const before = merged.get(refund.refundId);
    if (before === undefined || RANK[refund.status] > RANK[before.status])
      merged.set(refund.refundId, refund);
  }
  const all = [...merged.values()];
  const excess = new Set(
    all.filter(({ status }) => status === 'FAILED').slice(0, Math.max(0, all.length - REFUNDS_MAX)),
  );
  return all.filter((refund) => !excess.has(refund));
}

export const sumRefunds = (
  refunds: readonly Refund[],
  ...statuses: readonly RefundStatus[]
): number =>
  refunds
    .filter(({ status }) => statuses.includes(status))
    .reduce((sum, { amount }) => sum + amount, 0);
