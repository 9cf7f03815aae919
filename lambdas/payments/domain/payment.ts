import type {
  NextAction,
  PaymentStatus,
  ReversalResult,
} from '../../contracts/payment-commands.ts';
import type { RepairAction } from '../../contracts/repair-api.ts';
import { type Instant, toIso } from '../../shared/core/instant.ts';
import { nextVersion } from '../../shared/core/next-version.ts';
import { mergeRefunds, type Refund, sumRefunds } from './refund.ts';

/**
 * One attempt to pay one order. PENDING → REQUIRES_ACTION → AUTHORIZED → CAPTURED → REFUNDED, any of the
 * first three may be left out; before CAPTURED → VOIDED; PENDING | REQUIRES_ACTION → FAILED. The only step
 * back is REFUNDED → CAPTURED, when a refund that was done fails afterwards.
 */
export type Payment = {
  readonly orderId: string;
  readonly attempt: number;
  readonly status: PaymentStatus;
  /** Minor units. */
  readonly amount: number;
  readonly currency: string;
  /** Provider that was asked; undefined for a free order, and for payments of versions that did not record it. */
  readonly provider?: string;
  readonly capturedAmount: number;
  /** Sum of the refunds that are done. The status is CAPTURED until it reaches `capturedAmount`. */
  readonly refundedAmount: number;
  readonly refunds?: readonly Refund[];
  readonly nextAction?: NextAction;
  readonly failureCode?: string;
  /** Repairs that the reconciler requested, the latest REPAIRS_MAX. */
  readonly repairs?: readonly PaymentRepair[];
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly correlationId: string;
};

export type PaymentRepair = {
  readonly findingId: string;
  readonly at: string;
  readonly action: RepairAction;
};
/** Maximum number of repairs in a payment's record. */
export const REPAIRS_MAX = 50;

/** The next version of a payment, with the trace of a repair that is about to be done. */
export const withRepair = (
  payment: Payment,
  repair: Omit<PaymentRepair, 'at'>,
  now: Instant,
): Payment => ({
  ...nextVersion(payment, now),
  repairs: [...(payment.repairs ?? []), { ...repair, at: toIso(now) }].slice(-REPAIRS_MAX),
});

/** True when a repair has nothing left to do. */
export const isRepairDone = (payment: Payment, action: RepairAction): boolean =>
  action === 'capture' ? payment.status === 'CAPTURED' : reversalStatusOf(payment) !== undefined;

/** How the money of an attempt was given back; undefined while some of it is kept. */
export function reversalStatusOf(
  payment: Payment,
): Exclude<ReversalResult['status'], 'NONE'> | undefined {
  const { status, refunds = [] } = payment;
  if (status === 'VOIDED' || status === 'REFUNDED' || status === 'FAILED') return status;
  const isUnderWay =
    status === 'CAPTURED' &&
    unrefundedAmountOf(payment) === 0 &&
    refunds.some(({ status }) => status === 'PENDING');
  return isUnderWay ? 'REFUND_PENDING' : undefined;
}

/** The part of the captured amount that no refund has given back or is giving back. */
export const unrefundedAmountOf = ({ capturedAmount, refunds = [] }: Payment): number =>
  Math.max(0, capturedAmount - sumRefunds(refunds, 'PENDING', 'DONE'));

/**
 * True when another provider has the money: the stage changed its provider since. No other one may be asked about it: it would not know the payment,
 * and a refund would count as done while the money is kept.
 */
export const isOfOtherProvider = (
  { provider }: Pick<Payment, 'provider'>,
  providerName: string,
): boolean => provider !== undefined && provider !== providerName;
/** Code of a refusal for a payment of another provider. */
export const OTHER_PROVIDER_CODE = 'other_provider';

/** True for the payment of a free order, in which no provider takes part. */
export const isFree = ({ amount }: Pick<Payment, 'amount'>): boolean => amount === 0;

/** A provider's own record of a key; `unknown` when the provider never received it. */
export type ProviderRecord =
  | { readonly status: 'unknown' }
  | { readonly status: 'declined'; readonly code: string }
  | { readonly status: 'requiresAction'; readonly nextAction: NextAction }
  | { readonly status: 'authorized' }
  | { readonly status: 'captured'; readonly amount: number; readonly refunds: readonly Refund[] }
  | { readonly status: 'voided' };

/** By which an attempt is known to the provider: whatever is sent twice under it is done once. */
export const attemptKeyOf = ({ orderId, attempt }: Pick<Payment, 'orderId' | 'attempt'>): string =>
  `${orderId}-${attempt}`;

/** The attempt that a key is of; undefined for one that `keyOf` did not make. */
export function parseAttemptKey(key: string): Pick<Payment, 'orderId' | 'attempt'> | undefined {
  const [, orderId, attempt] = /^(.+)-([1-9][0-9]{0,5})$/.exec(key) ?? [];
  return orderId === undefined ? undefined : { orderId, attempt: Number(attempt) };
}

export const VOIDED_CODE = 'voided';

type NewPayment = Pick<
  Payment,
  'orderId' | 'attempt' | 'amount' | 'currency' | 'correlationId' | 'provider'
>;

export const createPayment = (
  payment: NewPayment,
  now: Instant,
  status: PaymentStatus = 'PENDING',
): Payment => ({
  ...payment,
  status,
  capturedAmount: 0,
  refundedAmount: 0,
  version: 1,
  createdAt: toIso(now),
  updatedAt: toIso(now),
});

/** Later facts have higher numbers. A provider never undoes a later fact, so an earlier one is an old report. */
const RANK: Readonly<Record<PaymentStatus, number>> = {
  PENDING: 0,
  REQUIRES_ACTION: 1,
  FAILED: 2,
  AUTHORIZED: 3,
  CAPTURED: 4,
  REFUNDED: 4,
  VOIDED: 5,
};

/**
 * Returns the payment with what the provider has on record, or the same payment where that adds nothing.
 * The payment never goes backwards: reports may arrive late, twice and in any order.
 */
export function applyProviderRecord(
  payment: Payment,
  record: ProviderRecord,
  now: Instant,
): Payment {
  const changes = changesFrom(payment, record);
  if (changes === undefined || RANK[changes.status] < RANK[payment.status]) return payment;
  const { nextAction: _done, ...before } = payment;
  const after = { ...before, ...changes };
  if (hasSameState(payment, after)) return payment;
  return nextVersion(after, now);
}

type Changes = Partial<Payment> & Pick<Payment, 'status'>;

function changesFrom(payment: Payment, record: ProviderRecord): Changes | undefined {
  switch (record.status) {
    case 'unknown':
      return undefined;
    case 'declined':
      return { status: 'FAILED', failureCode: record.code };
    case 'requiresAction':
      return { status: 'REQUIRES_ACTION', nextAction: record.nextAction };
    case 'authorized':
      return { status: 'AUTHORIZED' };
    case 'voided':
      return { status: 'VOIDED' };
    case 'captured':
      return refundChanges(payment, record.amount, record.refunds);
  }
}

function refundChanges(
  { refunds: known = [] }: Payment,
  amount: number,
  reported: readonly Refund[],
): Changes {
  const refunds = mergeRefunds(known, reported);
  const refundedAmount = sumRefunds(refunds, 'DONE');
  return {
    status: refundedAmount >= amount ? 'REFUNDED' : 'CAPTURED',
    capturedAmount: amount,
    refundedAmount,
    ...(refunds.length === 0 ? {} : { refunds }),
  };
}

/** True when the payment's record does not have a refund as the provider has it. */
export const isRefundMissing = ({ refunds = [] }: Payment, refund: Refund): boolean =>
  mergeRefunds(refunds, [refund]).some((one) => !refunds.includes(one));

function hasSameState(before: Payment, after: Payment): boolean {
  const refunds = after.refunds ?? [];
  return (
    before.status === after.status &&
    before.capturedAmount === after.capturedAmount &&
    before.refundedAmount === after.refundedAmount &&
    refunds.length === (before.refunds ?? []).length &&
    refunds.every((refund, index) => refund === before.refunds?.[index])
  );
}

/**
 * The refund of all that is still kept. Its id follows the ids that the provider has on record, so that a
 * request whose response was lost is requested again under the same id, and a failed refund under a new one.
 */
export function nextRefundOf(payment: Payment): Pick<Refund, 'refundId' | 'amount'> {
  const numbers = (payment.refunds ?? []).flatMap(({ refundId, origin }) => {
    const [, digits] = OWN_REFUND_ID.exec(refundId) ?? [];
    return digits === undefined || origin !== undefined ? [] : [Number(digits)];
  });
  return { refundId: `r${1 + Math.max(0, ...numbers)}`, amount: unrefundedAmountOf(payment) };
}
const OWN_REFUND_ID = /^r([1-9][0-9]{0,5})$/;

/** The next version of a free order's payment. */
export const withFreePaymentStatus = (
  payment: Payment,
  status: 'CAPTURED' | 'VOIDED',
  now: Instant,
): Payment => ({ ...nextVersion(payment, now), status });
