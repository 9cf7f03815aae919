import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers/promises';
// Keeps the real timers for the governor itself, so it comes before they are replaced.
import './model-clock.ts';

/**
 * Makes every timer of this process take so many times as long, so that code which waits (a store between two tries, the SDK between
 * its retries) runs as it is in a governor's dilated time. Answers what undoes it.
 */
export function dilateTimers(dilation: number): () => void {
  const real = { setTimeout: globalThis.setTimeout, delay: timers.setTimeout };
  globalThis.setTimeout = Object.assign(
    (callback: (...args: unknown[]) => void, milliseconds = 0, ...args: unknown[]) =>
      real.setTimeout(callback, milliseconds * dilation, ...args),
    real.setTimeout,
  ) as typeof globalThis.setTimeout;
  timers.setTimeout = (milliseconds = 0, value, options) =>
    real.delay(milliseconds * dilation, value, options);
  syncBuiltinESMExports();
  return () => {
    globalThis.setTimeout = real.setTimeout;
    timers.setTimeout = real.delay;
    syncBuiltinESMExports();
  };
}
