import { toTransaction as toOneTransaction } from '../../../../../lambdas/inventory/adapters/change-to-transaction.ts';
import type { Change } from '../../../../../lambdas/inventory/domain/ledger/change.ts';
import { aCellChange, aChange } from '../../../../support/inventory.ts';

export const toTransaction = (change: Change, tableName: string) =>
  toOneTransaction([change], tableName);
export const TABLE = 'inventory';
export const AT = '2026-01-01T12:00:00.000Z';

export const updateOf = (overrides: Parameters<typeof aCellChange>[0]) =>
  toTransaction(aChange({ cells: [aCellChange(overrides)] }), TABLE)[0]?.Update;
