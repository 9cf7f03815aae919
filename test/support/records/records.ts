import { BOOK_RECORDS } from '../../../lambdas/inventory/adapters/book-records.ts';
import { ORDER_RECORDS } from '../../../lambdas/orders/adapters/order-records.ts';
import { PAYMENT_RECORDS } from '../../../lambdas/payments/adapters/payment-records.ts';
import { PROVIDER_RECORDS } from '../../../lambdas/payments/adapters/provider-records.ts';
import { RECONCILIATION_RECORDS } from '../../../lambdas/reconciliation/adapters/reconciliation-records.ts';
import type { Item } from '../../../lambdas/shared/dynamodb/item.ts';
import type { RecordKind } from '../../../lambdas/shared/dynamodb/read-record.ts';
import { INVENTORY_SAMPLES } from './inventory-samples.ts';
import { ORDER_SAMPLES } from './order-samples.ts';
import { PAYMENT_SAMPLES } from './payment-samples.ts';
import { RECONCILIATION_SAMPLES } from './reconciliation-samples.ts';

/** Record kinds of all tables. */
export const RECORD_KINDS: readonly RecordKind<unknown>[] = [
  ...BOOK_RECORDS,
  ...ORDER_RECORDS,
  ...PAYMENT_RECORDS,
  ...PROVIDER_RECORDS,
  ...RECONCILIATION_RECORDS,
];

/** Stored records, one of each kind, with all attributes that the kind may have. */
export const SAMPLE_RECORDS: Readonly<Record<string, Item>> = {
  ...INVENTORY_SAMPLES,
  ...ORDER_SAMPLES,
  ...PAYMENT_SAMPLES,
  ...RECONCILIATION_SAMPLES,
};

export const kindNameOf = ({ table, name }: RecordKind<unknown>): string => `${table} ${name}`;

export function findRecordKind(name: string): RecordKind<unknown> {
  const kind = RECORD_KINDS.find((one) => kindNameOf(one) === name);
  if (kind === undefined) throw new Error(`the record kind ${name} does not exist`);
  return kind;
}
