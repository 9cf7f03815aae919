import { RetryLater } from '../../shared/core/faults.ts';
import type { Instant } from '../../shared/core/instant.ts';
import { accepted, type Result, refused } from '../../shared/core/result.ts';
import {
  isDone,
  keyOf,
  type Payment,
  type RepairAction,
  returnedAs,
  withRepair,
} from '../domain/payment.ts';
import { capturePayment } from './capture-payment.ts';
import { returnPayment } from './return-payment.ts';
import type { Ports } from './settle.ts';

export type RepairPayment = {
  readonly orderId: string;
  readonly attempt: number;
  readonly findingId: string;
  /** Of the payment, as it was audited. */
  readonly version: number;
  readonly action: RepairAction;
  readonly correlationId: string;
};
export type RepairRefusal =
  | { readonly kind: 'notFound' }
  | { readonly kind: 'movedOn' }
  | { readonly kind: 'captureFailed'; readonly reason: string }
  | { readonly kind: 'refundFailed'; readonly reason: string };

/**
 * The reconciler's command, only while the payment is what was audited, or this repair has begun before. It leaves its trace first;
 * then it does what the saga's step does, which asks the provider's own record before anything else.
 */
export async function repairPayment(
  ports: Ports,
  { findingId, version, action, ...ref }: RepairPayment,
  now: Instant,
): Promise<Result<{ status: string }, RepairRefusal>> {
  const payment = await ports.payments.get(ref);
  if (payment === undefined) return refused({ kind: 'notFound' });
  if (isDone(payment, action)) return accepted({ status: returnedAs(payment) ?? payment.status });
  const hasBegun = (found: Payment | undefined) =>
    found?.repairs?.some((repair) => repair.findingId === findingId && repair.action === action) ===
    true;
  if (!hasBegun(payment)) {
    const isSaved =
      payment.version === version &&
      (await ports.payments.save(withRepair(payment, { findingId, action }, now)));
    // A write whose answer was lost is refused when it is tried again: then the trace is there.
    if (!isSaved && !hasBegun(await ports.payments.get(ref))) return refused({ kind: 'movedOn' });
  }
  const result =
    action === 'capture'
      ? await capturePayment(ports, ref, now)
      : await returnPayment(ports, ref, now);
  if (result.ok) return accepted({ status: result.value.status });
  const { refusal } = result;
  switch (refusal.kind) {
    case 'outcomeUnknown':
      throw new RetryLater(`the provider does not say what has become of ${keyOf(ref)}`);
    case 'captureFailed':
    case 'refundFailed':
      return refused({ kind: refusal.kind, reason: refusal.code });
  }
}
