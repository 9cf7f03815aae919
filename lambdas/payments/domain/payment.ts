import type {
  NextAction,
  PaymentRepairAction,
  PaymentStatus,
  ReversalResult,
} from '../../contracts/payment-commands.ts';
import { type Instant, toIso } from '../../shared/core/instant.ts';
import { nextVersion } from '../../shared/core/next-version.ts';
import { mergeRefunds, type Refund, sumRefunds } from './refund.ts';

/**
 * One attempt to pay one order. PENDING → REQUIRES_ACTION → AUTHORIZED → CAPTURED → REFUNDED, of
 * which the first three may be skipped. VOIDED may follow any status before CAPTURED; FAILED may
 * follow PENDING and REQUIRES_ACTION. The only step back is REFUNDED → CAPTURED, when a refund
 * fails after it was done.
 */
export type Payment = {
  readonly orderId: string;
  readonly attempt: number;
  readonly status: PaymentStatus;
  /** Minor units. */
  readonly amount: number;
  readonly currency: string;
  /**
   * Provider of the payment. Absent for a free order, and for payments of versions that did not
   * record it.
   */
  readonly provider?: string;
  readonly capturedAmount: number;
  /** Sum of the completed refunds. The status is CAPTURED until it reaches `capturedAmount`. */
  readonly refundedAmount: number;
  readonly refunds?: readonly Refund[];
  readonly nextAction?: NextAction;
  readonly failureCode?: string;
  /** Latest REPAIRS_MAX repairs that the reconciler requested. */
  readonly repairs?: readonly PaymentRepair[];
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly correlationId: string;
};

export type PaymentRepair = {
  readonly findingId: string;
  readonly at: string;
  readonly action: PaymentRepairAction;
};
/** Maximum repairs in a payment's record. */
export const REPAIRS_MAX = 50;

/** Returns the next version of a payment, with a record of the repair that is about to start. */
export const withRepair = (
  payment: Payment,
  repair: Omit<PaymentRepair, 'at'>,
  now: Instant,
): Payment => ({
  ...nextVersion(payment, now),
  repairs: [...(payment.repairs ?? []), { ...repair, at: toIso(now) }].slice(-REPAIRS_MAX),
});

/** Returns true when a repair has nothing left to do. */
export const isRepairDone = (payment: Payment, action: PaymentRepairAction): boolean =>
  action === 'capture' ? payment.status === 'CAPTURED' : reversalStatusOf(payment) !== undefined;

/** Returns how an attempt was reversed, or undefined while some of its amount is kept. */
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

/** Returns the part of the captured amount that no refund returns or has returned. */
export const unrefundedAmountOf = ({ capturedAmount, refunds = [] }: Payment): number =>
  Math.max(0, capturedAmount - sumRefunds(refunds, 'PENDING', 'DONE'));

/**
 * Returns true when the stage has changed its provider since the payment. The current provider must
 * not be asked: it does not know the payment, and a refund there would count as done while the
 * amount is kept.
 */
export const isOfOtherProvider = (
  { provider }: Pick<Payment, 'provider'>,
  providerName: string,
): boolean => provider !== undefined && provider !== providerName;
/** Error code for a payment of another provider. */
export const OTHER_PROVIDER_CODE = 'other_provider';

/** Returns true for the payment of a free order, which needs no provider. */
export const isFree = ({ amount }: Pick<Payment, 'amount'>): boolean => amount === 0;

/** Provider's record of a key; `unknown` when the provider never received it. */
export type ProviderRecord =
  | { readonly status: 'unknown' }
  | { readonly status: 'declined'; readonly code: string }
  | { readonly status: 'requiresAction'; readonly nextAction: NextAction }
  | { readonly status: 'authorized' }
  | { readonly status: 'captured'; readonly amount: number; readonly refunds: readonly Refund[] }
  | { readonly status: 'voided' };

/** Returns the key of an attempt at the provider. Calls under one key have one effect. */
export const attemptKeyOf = ({ orderId, attempt }: Pick<Payment, 'orderId' | 'attempt'>): string =>
  `${orderId}-${attempt}`;

/** Parses an attempt key. Returns undefined for a key that `attemptKeyOf` did not make. */
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

/**
 * Order of statuses. A provider never reverts a later status, so a report of an earlier one is
 * outdated.
 */
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
 * Applies the provider's record to a payment. Returns the same payment when the record adds
 * nothing. The payment never goes backwards: reports may arrive late, twice and in any order.
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

/** Returns true when the payment's record does not have the refund as the provider has it. */
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
 * Returns a refund of the whole unrefunded amount. Its id follows the ids on record at the
 * provider, so that a request whose response was lost keeps its id and a failed refund gets a new
 * one.
 */
export function nextRefundOf(payment: Payment): Pick<Refund, 'refundId' | 'amount'> {
  const numbers = (payment.refunds ?? []).flatMap(({ refundId, origin }) => {
    const [, digits] = OWN_REFUND_ID.exec(refundId) ?? [];
    return digits === undefined || origin !== undefined ? [] : [Number(digits)];
  });
  return { refundId: `r${1 + Math.max(0, ...numbers)}`, amount: unrefundedAmountOf(payment) };
}
const OWN_REFUND_ID = /^r([1-9][0-9]{0,5})$/;

/** Returns the next version of a free order's payment. */
export const withFreePaymentStatus = (
  payment: Payment,
  status: 'CAPTURED' | 'VOIDED',
  now: Instant,
): Payment => ({ ...nextVersion(payment, now), status });
