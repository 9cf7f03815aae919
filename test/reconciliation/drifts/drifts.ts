import type { Drift } from './drift.ts';
import { LOCATION_DRIFTS } from './location-drifts.ts';
import { ORDER_DRIFTS } from './order-drifts.ts';
import { PAYMENT_DRIFTS } from './payment-drifts.ts';
import { STOCK_DRIFTS } from './stock-drifts.ts';

/** Cases that write one kind of drift to the tables, each of its own SKU or order. */
export const DRIFTS: readonly Drift[] = [
  ...STOCK_DRIFTS,
  ...LOCATION_DRIFTS,
  ...ORDER_DRIFTS,
  ...PAYMENT_DRIFTS,
];
