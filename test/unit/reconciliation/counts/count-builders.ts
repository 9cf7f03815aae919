import type { CountBasis } from '../../../../lambdas/contracts/api/repair.ts';
import type { CountStockInput } from '../../../../lambdas/reconciliation/domain/counts/count-record.ts';
import { NOON, seconds } from '../../../support/inventory.ts';
import { createReconciliationPorts } from '../../../support/reconciliation/reconciliation-ports.ts';

export const BASIS: CountBasis = {
  expected: 100,
  available: 60,
  held: 0,
  committed: 40,
  adjustments: [],
  adjustmentsTotal: 0,
  unfulfillable: [],
};
export const aCountInput = (overrides: Partial<CountStockInput> = {}): CountStockInput => ({
  countId: 'cnt-1',
  sku: 'tea',
  locationId: 'main',
  counted: 100,
  countedAt: new Date(NOON - seconds(600)).toISOString(),
  fingerprint: 'print-1',
  by: 'staff',
  correlationId: 'corr-1',
  now: NOON,
  ...overrides,
});
export const DEFAULTS = { units: 2, percent: 1 };
/** Returns a time after the count of `aCountInput`. */
export const afterCount = (milliseconds: number) =>
  new Date(NOON - seconds(600) + milliseconds).toISOString();

export function withBasis(basis: Partial<CountBasis> = {}) {
  const all = createReconciliationPorts();
  all.contexts.basis = { ...BASIS, ...basis };
  return all;
}
