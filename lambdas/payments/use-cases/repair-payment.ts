import type { PaymentRepairAction } from '../../contracts/payment-commands.ts';
import { RetryLaterError } from '../../shared/core/errors.ts';
import type { Instant } from '../../shared/core/instant.ts';
import { err, ok, type Result } from '../../shared/core/result.ts';
import {
  attemptKeyOf,
  isRepairDone,
  type Payment,
  reversalStatusOf,
  withRepair,
} from '../domain/payment.ts';
import { capturePayment } from './capture-payment.ts';
import type { PaymentPorts } from './change-payment.ts';
import { reversePayment } from './reverse-payment.ts';

export type RepairPaymentInput = {
  readonly orderId: string;
  readonly attempt: number;
  readonly findingId: string;
  /** Version of the payment at the audit. */
  readonly version: number;
  readonly action: PaymentRepairAction;
  readonly correlationId: string;
};
export type RepairError =
  | { readonly kind: 'notFound' }
  | { readonly kind: 'versionConflict' }
  | { readonly kind: 'captureFailed'; readonly reason: string }
  | { readonly kind: 'refundFailed'; readonly reason: string };

/**
 * Repairs a payment for the reconciler. Requires the audited version, unless this repair started
 * before. Records the repair first, then runs the saga's step, which looks the payment up at the
 * provider.
 */
export async function repairPayment(
  ports: PaymentPorts,
  { findingId, version, action, ...ref }: RepairPaymentInput,
  now: Instant,
): Promise<Result<{ status: string }, RepairError>> {
  const payment = await ports.payments.get(ref);
  if (payment === undefined) return err({ kind: 'notFound' });
  if (isRepairDone(payment, action))
    return ok({ status: reversalStatusOf(payment) ?? payment.status });
  const hasBegun = (found: Payment | undefined) =>
    found?.repairs?.some((repair) => repair.findingId === findingId && repair.action === action) ===
    true;
  if (!hasBegun(payment)) {
    const isSaved =
      payment.version === version &&
      (await ports.payments.save(withRepair(payment, { findingId, action }, now)));
    // A write whose response was lost fails when it is retried; then the repair is on record.
    if (!isSaved && !hasBegun(await ports.payments.get(ref)))
      return err({ kind: 'versionConflict' });
  }
  const result =
    action === 'capture'
      ? await capturePayment(ports, ref, now)
      : await reversePayment(ports, ref, now);
  if (result.ok) return ok({ status: result.value.status });
  const { error } = result;
  switch (error.kind) {
    case 'outcomeUnknown':
      throw new RetryLaterError(
        `the provider does not say what has become of ${attemptKeyOf(ref)}`,
      );
    case 'captureFailed':
    case 'refundFailed':
      return err({ kind: error.kind, reason: error.code });
  }
}
