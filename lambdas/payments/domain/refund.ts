import type { RefundOrigin, RefundStatus } from '../../contracts/payment-commands.ts';
/**
 * Refund of one capture. PENDING → DONE → FAILED, or PENDING → FAILED: a refund may fail days after
 * the provider reported it done, and never returns to an earlier status. A dispute is a refund too:
 * the bank takes the amount at once (PENDING), keeps it (DONE) or returns it (FAILED).
 */
export type Refund = {
  /** Id of ours (`r1`, `r2`, …), or the provider's id when `origin` is present. */
  readonly refundId: string;
  /** Minor units. */
  readonly amount: number;
  readonly status: RefundStatus;
  /** Present for a failed refund. */
  readonly failureCode?: string;
  /**
   * Absent for a refund that Stockbook requested. DASHBOARD: made at the provider. DISPUTE: taken
   * by the bank.
   */
  readonly origin?: RefundOrigin;
};

/** Maximum refunds in a payment's record. */
export const REFUNDS_MAX = 100;

const RANK: Readonly<Record<RefundStatus, number>> = { PENDING: 0, DONE: 1, FAILED: 2 };

/**
 * Merges two lists of refunds. Of two entries with one id the later status wins, so the order of
 * reports does not matter. Drops the oldest failed entries beyond REFUNDS_MAX.
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
