import type {
  CellDisagreement,
  CellName,
  OrderAudit,
  PaymentAudit,
  ReservationAudit,
} from '../../../lambdas/contracts/api/audit.ts';
import type { Detection } from '../../../lambdas/reconciliation/domain/finding.ts';
import type { Repair } from '../../../lambdas/reconciliation/domain/repair.ts';
import { NOON, seconds } from '../inventory.ts';

export const LONG_AGO = new Date(NOON - seconds(3_600)).toISOString();

export const anOrder = (overrides: Partial<OrderAudit> = {}): OrderAudit => ({
  orderId: 'ord-1',
  status: 'COMPLETED',
  version: 4,
  since: LONG_AGO,
  createdAt: LONG_AGO,
  lines: [{ sku: 'tea', quantity: 2 }],
  total: { amount: 1000, currency: 'EUR' },
  attempt: 1,
  ...overrides,
});

export const aReservationAudit = (overrides: Partial<ReservationAudit> = {}): ReservationAudit => ({
  reservationId: 'ord-1',
  orderId: 'ord-1',
  status: 'COMMITTED',
  heldUntil: LONG_AGO,
  version: 2,
  updatedAt: LONG_AGO,
  lines: [{ sku: 'tea', locationId: 'main', shard: 0, quantity: 2 }],
  linesWithoutMovement: [],
  ...overrides,
});

export const aPaymentAudit = (overrides: Partial<PaymentAudit> = {}): PaymentAudit => ({
  orderId: 'ord-1',
  attempt: 1,
  status: 'CAPTURED',
  version: 3,
  updatedAt: LONG_AGO,
  amount: 1000,
  currency: 'EUR',
  capturedAmount: 1000,
  refundedAmount: 0,
  refunds: [],
  ...overrides,
});

export const TEA: CellName = { sku: 'tea', locationId: 'main', shard: 0 };

export const aBalanceDifference = (
  overrides: { cell?: CellName; units?: number } = {},
): CellDisagreement => ({
  kind: 'BALANCE_DIFFERS',
  cell: overrides.cell ?? TEA,
  version: 7,
  balance: { available: 5 + (overrides.units ?? 3), held: {}, committed: 0 },
  movements: { available: 5, held: {}, committed: 0 },
  isRebuildable: true,
});

const REPAIR: Repair = {
  command: {
    action: 'rebuildBalance',
    cell: TEA,
    version: 7,
    accounts: { available: 5, held: {}, committed: 0 },
  },
  effect: 'Sets the balance right.',
  units: [{ sku: 'tea', units: 3 }],
  isSafe: true,
};

export const aRepair = (overrides: Partial<Repair> = {}): Repair => ({ ...REPAIR, ...overrides });

export const aDetection = (overrides: Partial<Detection> = {}): Detection => ({
  kind: 'BALANCE_DIFFERS',
  subject: 'cell:tea/main/0',
  expected: { available: 5 },
  actual: { available: 8 },
  difference: { available: -3 },
  units: 3,
  explanation: 'They differ.',
  records: [],
  since: LONG_AGO,
  repair: REPAIR,
  ...overrides,
});
