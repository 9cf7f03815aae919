import type * as z from 'zod/mini';
import {
  HOLD_GRANULARITY_SECONDS_MAX,
  HOLD_SECONDS_DEFAULT,
  HOLD_SECONDS_MAX,
} from '../../lambdas/contracts/api/reservations.ts';
import { QUANTITY_UNITS_MAX } from '../../lambdas/contracts/primitives.ts';
import { choice, integer, optionWithDefault, rule } from './option.ts';

/** One item has all holds of a customer, and each order writes it. */
const HOLDS_PER_CUSTOMER_MAX = 1_000;
const UNITS_PER_CUSTOMER_MAX = 25 * QUANTITY_UNITS_MAX;

export const HOLDS_OPTIONS = {
  holdSeconds: optionWithDefault(
    integer([1, HOLD_SECONDS_MAX], ' of seconds'),
    HOLD_SECONDS_DEFAULT,
    { description: 'Seconds for which an unpaid order holds its units, 1 to 3600' },
  ),
  holdGranularitySeconds: optionWithDefault(
    integer([1, HOLD_GRANULARITY_SECONDS_MAX], ' of seconds'),
    60,
    {
      description:
        'Holds expire at multiples of this many seconds, 1 to 60. `holdSeconds` must be at least as long',
    },
  ),
  holdsPerCustomer: optionWithDefault(integer([1, HOLDS_PER_CUSTOMER_MAX]), 100, {
    description:
      'Maximum unpaid orders of one customer, 1 to 1000. Further orders get 429 ([ADR 24](adr/0024-customer-limits.md))',
  }),
  unitsPerCustomer: optionWithDefault(integer([1, UNITS_PER_CUSTOMER_MAX]), 10_000, {
    description: 'Maximum units in the unpaid orders of one customer',
  }),
  shardScaling: optionWithDefault(choice('propose', 'auto'), 'propose', {
    description:
      'What happens to a SKU with write contention. `propose`: an event (StockContentionDetected) and an alarm propose a higher shard count. `auto`: shards are added automatically',
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
