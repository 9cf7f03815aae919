import type * as z from 'zod/mini';
import {
  HOLD_GRANULARITY_SECONDS_MAX,
  HOLD_SECONDS_DEFAULT,
  HOLD_SECONDS_MAX,
} from '../../lambdas/contracts/api/inventory.ts';
import { QUANTITY_UNITS_MAX } from '../../lambdas/contracts/primitives.ts';
import { choice, integer, optionWithDefault, rule } from './option.ts';

/** All claims of a customer are in one item, and each order writes it. */
const HOLDS_PER_CUSTOMER_MAX = 1_000;
const UNITS_PER_CUSTOMER_MAX = 25 * QUANTITY_UNITS_MAX;

export const HOLDS_OPTIONS = {
  holdSeconds: optionWithDefault(
    integer([1, HOLD_SECONDS_MAX], ' of seconds'),
    HOLD_SECONDS_DEFAULT,
    { description: 'seconds for which an order holds its units before it is paid, 1 to 3600' },
  ),
  holdGranularitySeconds: optionWithDefault(
    integer([1, HOLD_GRANULARITY_SECONDS_MAX], ' of seconds'),
    60,
    {
      description: 'seconds between two moments at which holds expire, 1 to 60; no hold is shorter',
    },
  ),
  holdsPerCustomer: optionWithDefault(integer([1, HOLDS_PER_CUSTOMER_MAX]), 100, {
    description:
      'unpaid orders that one customer may hold at a time, 1 to 1000; beyond it, 429 ([ADR 24](adr/0024-customer-limits.md))',
  }),
  unitsPerCustomer: optionWithDefault(integer([1, UNITS_PER_CUSTOMER_MAX]), 10_000, {
    description: 'units in the unpaid orders of one customer',
  }),
  shardScaling: optionWithDefault(choice('propose', 'auto'), 'propose', {
    description:
      'what happens to a SKU with write contention: `propose` more shards (event StockContentionDetected, an alarm), or add them (`auto`)',
  }),
};

export const HOLDS_RULES = [
  rule<z.output<z.ZodMiniObject<typeof HOLDS_OPTIONS>>>(
    ['holdSeconds', 'holdGranularitySeconds'],
    ({ holdSeconds, holdGranularitySeconds }) =>
      holdSeconds < holdGranularitySeconds
        ? 'holdSeconds must be at least holdGranularitySeconds'
        : undefined,
  ),
];
