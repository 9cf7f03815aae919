import { availableParallelism, loadavg } from 'node:os';

const FACTOR_MAX = 8;

/**
 * Returns the whole factor by which time-outs grow on a busy machine: 1 while each runnable process
 * has a core, at most 8. The load is the average of the last minute, so a sudden load is noticed
 * late.
 */
export function loadFactor(
  load: number = loadavg()[0] ?? 0,
  cores: number = availableParallelism(),
): number {
  return Math.min(FACTOR_MAX, Math.max(1, Math.ceil(load / cores)));
}
