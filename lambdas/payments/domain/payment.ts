import { type Instant, toIso } from '../../shared/instant.ts';

export type PaymentStatus = 'PENDING' | 'AUTHORIZED' | 'CAPTURED' | 'VOIDED' | 'REFUNDED' | 'FAILED';

/** One attempt to pay one order. PENDING → AUTHORIZED → CAPTURED → REFUNDED; PENDING | AUTHORIZED → VOIDED; PENDING → FAILED. */
export type Payment = {
  readonly orderId: string;
  readonly attempt: number;
  readonly status: PaymentStatus;
  /** Minor units. */
  readonly amount: number;
  readonly currency: string;
  readonly capturedAmount: number;
  readonly refundedAmount: number;
  readonly failureCode?: string;
  /** What the reconciler had done to it. */
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
export type RepairAction = 'capture' | 'return';

/** The next version of a payment, with the trace of a repair that is about to be done. */
export const withRepair = (payment: Payment, repair: Omit<PaymentRepair, 'at'>, now: Instant): Payment => ({
  ...payment,
  repairs: [...(payment.repairs ?? []), { ...repair, at: toIso(now) }],
  version: payment.version + 1,
  updatedAt: toIso(now),
});

/** True where a repair has nothing left to do. */
export const isDone = ({ status }: Payment, action: RepairAction): boolean =>
  action === 'capture'
    ? status === 'CAPTURED'
    : status === 'VOIDED' || status === 'REFUNDED' || status === 'FAILED';

/** What the provider has on record under a key; `unknown` when it never saw it. */
export type ProviderRecord =
  | { readonly status: 'unknown' }
  | { readonly status: 'declined'; readonly code: string }
  | { readonly status: 'authorized' }
  | { readonly status: 'captured'; readonly amount: number }
  | { readonly status: 'voided' }
  | { readonly status: 'refunded'; readonly amount: number };

/** By which an attempt is known to the provider: whatever is sent twice under it is done once. */
export const keyOf = ({ orderId, attempt }: Pick<Payment, 'orderId' | 'attempt'>): string =>
  `${orderId}-${attempt}`;

/** The attempt that a key is of; undefined for one that `keyOf` did not make. */
export function attemptOf(key: string): Pick<Payment, 'orderId' | 'attempt'> | undefined {
  const [, orderId, attempt] = /^(.+)-([1-9][0-9]{0,5})$/.exec(key) ?? [];
  return orderId === undefined ? undefined : { orderId, attempt: Number(attempt) };
}

export const VOIDED_CODE = 'voided';

type NewPayment = Pick<Payment, 'orderId' | 'attempt' | 'amount' | 'currency' | 'correlationId'>;

export const newPayment = (
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

/** The payment as the provider has it, or the same one where the two agree already. The provider is right. */
export function settled(payment: Payment, record: ProviderRecord, now: Instant): Payment {
  const changes = changesBy(payment, record);
  if (changes.status === payment.status) return payment;
  return { ...payment, ...changes, version: payment.version + 1, updatedAt: toIso(now) };
}

function changesBy(payment: Payment, record: ProviderRecord): Partial<Payment> & Pick<Payment, 'status'> {
  switch (record.status) {
    case 'unknown':
      return { status: payment.status };
    case 'declined':
      return { status: 'FAILED', failureCode: record.code };
    case 'authorized':
      return { status: 'AUTHORIZED' };
    case 'captured':
      return { status: 'CAPTURED', capturedAmount: record.amount };
    case 'voided':
      return { status: 'VOIDED' };
    case 'refunded':
      return {
        status: 'REFUNDED',
        capturedAmount: payment.capturedAmount || record.amount,
        refundedAmount: record.amount,
      };
  }
}
