import { APPROVAL_MUTANTS } from './catalogue/approvals.ts';
import { DELIVERY_MUTANTS } from './catalogue/delivery.ts';
import { IDENTITY_MUTANTS } from './catalogue/identity.ts';
import { CELL_MUTANTS } from './catalogue/inventory/cells.ts';
import { CONCURRENCY_MUTANTS } from './catalogue/inventory/concurrency.ts';
import { COUNT_MUTANTS } from './catalogue/inventory/counts.ts';
import { LEVEL_MUTANTS } from './catalogue/inventory/levels.ts';
import { LOCATION_MUTANTS } from './catalogue/inventory/locations.ts';
import { OWNER_MUTANTS } from './catalogue/inventory/owners.ts';
import { PART_MUTANTS } from './catalogue/inventory/parts.ts';
import { READ_MUTANTS } from './catalogue/inventory/reads.ts';
import { RESERVATION_MUTANTS } from './catalogue/inventory/reservations.ts';
import { SAFETY_STOCK_MUTANTS } from './catalogue/inventory/safety-stock.ts';
import { SOURCING_MUTANTS } from './catalogue/inventory/sourcing.ts';
import { STOREFRONT_MUTANTS } from './catalogue/inventory/storefront.ts';
import { TRANSACTION_MUTANTS } from './catalogue/inventory/transactions.ts';
import { MONITORING_MUTANTS } from './catalogue/monitoring.ts';
import { ORDER_STEP_MUTANTS } from './catalogue/order-steps.ts';
import { ORDER_MUTANTS } from './catalogue/orders.ts';
import { PAYMENT_STEP_MUTANTS } from './catalogue/payment-steps.ts';
import { PAYMENT_MUTANTS } from './catalogue/payments.ts';
import { RECONCILIATION_MUTANTS } from './catalogue/reconciliation.ts';
import { RUNTIME_MUTANTS } from './catalogue/runtime.ts';
import { SHARED_MUTANTS } from './catalogue/shared.ts';
import { STACK_MUTANTS } from './catalogue/stacks.ts';
import { STREAM_MUTANTS } from './catalogue/streams.ts';
import { TEMPLATE_MUTANTS } from './catalogue/templates.ts';
import { UNREADABLE_RECORD_MUTANTS } from './catalogue/unreadable-records.ts';
import type { Mutant } from './mutant.ts';

/**
 * Every condition, record, deduplication, ownership check, guard and status check that a claim of
 * docs/CORRECTNESS.md needs.
 */
export const CATALOGUE: readonly Mutant[] = [
  ...APPROVAL_MUTANTS,
  ...DELIVERY_MUTANTS,
  ...IDENTITY_MUTANTS,
  ...CELL_MUTANTS,
  ...CONCURRENCY_MUTANTS,
  ...COUNT_MUTANTS,
  ...PART_MUTANTS,
  ...LEVEL_MUTANTS,
  ...LOCATION_MUTANTS,
  ...OWNER_MUTANTS,
  ...READ_MUTANTS,
  ...RESERVATION_MUTANTS,
  ...SOURCING_MUTANTS,
  ...SAFETY_STOCK_MUTANTS,
  ...TRANSACTION_MUTANTS,
  ...MONITORING_MUTANTS,
  ...ORDER_STEP_MUTANTS,
  ...ORDER_MUTANTS,
  ...PAYMENT_STEP_MUTANTS,
  ...PAYMENT_MUTANTS,
  ...RECONCILIATION_MUTANTS,
  ...RUNTIME_MUTANTS,
  ...SHARED_MUTANTS,
  ...STACK_MUTANTS,
  ...STOREFRONT_MUTANTS,
  ...STREAM_MUTANTS,
  ...TEMPLATE_MUTANTS,
  ...UNREADABLE_RECORD_MUTANTS,
];
