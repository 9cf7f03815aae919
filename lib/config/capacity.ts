import type { ContextReader } from './context-reader.ts';
import { keysOf, type Options } from './option.ts';

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MEMORY_MEGABYTES: readonly [number, number] = [128, 10_240];

export const CAPACITY_OPTIONS = {
  memoryMegabytes: { meaning: 'memory of each function in megabytes, 128 to 10240', fallback: '`512`' },
} as const satisfies Options<string>;
export const CAPACITY_KEYS = keysOf(CAPACITY_OPTIONS);

export type CapacityConfig = { readonly memoryMegabytes: number };

/** Reads how much the app takes of the account's capacity. */
export const capacityConfig = (read: ContextReader<keyof typeof CAPACITY_OPTIONS>): CapacityConfig => ({
  memoryMegabytes: read.whole('memoryMegabytes', 512, MEMORY_MEGABYTES),
});
