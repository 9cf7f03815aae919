import {
  HOLD_GRANULARITY_SECONDS_MAX,
  HOLD_SECONDS_DEFAULT,
  HOLD_SECONDS_MAX,
} from '../../lambdas/contracts/inventory-api.ts';
import { QUANTITY_UNITS_MAX } from '../../lambdas/contracts/primitives.ts';
import type { ContextReader } from './context-reader.ts';
import { keysOf, type Options } from './option.ts';

/** All claims of a customer are in one item, and each order writes it. */
const HOLDS_PER_CUSTOMER_MAX = 1_000;
const UNITS_PER_CUSTOMER_MAX = 25 * QUANTITY_UNITS_MAX;

export const HOLDS_OPTIONS = {
  holdSeconds: {
    meaning: 'seconds for which an order holds its units before it is paid, 1 to 3600',
    fallback: '`600`',
  },
  holdGranularitySeconds: {
    meaning: 'seconds between two moments at which holds expire, 1 to 60; no hold is shorter',
    fallback: '`60`',
  },
  holdsPerCustomer: {
    meaning:
      'unpaid orders that one customer may hold at a time, 1 to 1000; beyond it, 429 ([ADR 24](adr/0024-customer-limits.md))',
    fallback: '`100`',
  },
  unitsPerCustomer: { meaning: 'units in the unpaid orders of one customer', fallback: '`10000`' },
  shardScaling: {
    meaning:
      '`propose` more shards for a SKU with write contention (event StockContentionDetected, an alarm), or add them (`auto`)',
    fallback: '`propose`',
  },
} as const satisfies Options<string>;
export const HOLDS_KEYS = keysOf(HOLDS_OPTIONS);

export type HoldsConfig = {
  readonly holdSeconds: number;
  readonly holdGranularitySeconds: number;
  readonly holdsPerCustomer: number;
  readonly unitsPerCustomer: number;
  readonly shardScaling: 'propose' | 'auto';
};

/** Reads how long units are held, and how many for one customer. */
export function holdsConfig(read: ContextReader<keyof typeof HOLDS_OPTIONS>): HoldsConfig {
  const before = read.errors.length;
  const holdGranularitySeconds = read.integer(
    'holdGranularitySeconds',
    60,
    [1, HOLD_GRANULARITY_SECONDS_MAX],
    ' of seconds',
  );
  const holdSeconds = read.integer(
    'holdSeconds',
    HOLD_SECONDS_DEFAULT,
    [1, HOLD_SECONDS_MAX],
    ' of seconds',
  );
  if (read.errors.length === before && holdSeconds < holdGranularitySeconds)
    read.errors.push('holdSeconds must be at least holdGranularitySeconds');
  return {
    holdSeconds,
    holdGranularitySeconds,
    holdsPerCustomer: read.integer('holdsPerCustomer', 100, [1, HOLDS_PER_CUSTOMER_MAX]),
    unitsPerCustomer: read.integer('unitsPerCustomer', 10_000, [1, UNITS_PER_CUSTOMER_MAX]),
    shardScaling: read.choice('shardScaling', ['propose', 'auto']) ?? 'propose',
  };
}
