import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers/promises';
import type { SteppedClock } from './stepped-clock.ts';

/**
 * Puts all timers of this process on a clock, so that code which waits (a store between two
 * attempts, the SDK between its retries) runs unchanged in the model's time. Returns a function
 * that restores the timers.
 */
export function replaceTimers(clock: SteppedClock): () => void {
  const real = {
    setTimeout: globalThis.setTimeout,
    clearTimeout: globalThis.clearTimeout,
    delay: timers.setTimeout,
  };
  const handles = new WeakMap<object, () => void>();
  globalThis.setTimeout = Object.assign(
    (callback: (...args: unknown[]) => void, milliseconds = 0, ...args: unknown[]) => {
      const handle = { ref: () => handle, unref: () => handle, hasRef: () => true };
      const run = () => callback(...args);
      if (isPromiseResolver(callback)) clock.sleep(milliseconds).then(run);
      else handles.set(handle, clock.schedule(milliseconds, run));
      return handle;
    },
    real.setTimeout,
  ) as unknown as typeof globalThis.setTimeout;
  globalThis.clearTimeout = (handle) => {
    const cancel = typeof handle === 'object' ? handles.get(handle) : undefined;
    if (cancel === undefined) real.clearTimeout(handle);
    else cancel();
  };
  timers.setTimeout = async (milliseconds = 0, value) => {
    await clock.sleep(milliseconds);
    return value as never;
  };
  syncBuiltinESMExports();
  return () => {
    globalThis.setTimeout = real.setTimeout;
    globalThis.clearTimeout = real.clearTimeout;
    timers.setTimeout = real.delay;
    syncBuiltinESMExports();
  };
}

/**
 * True for a promise's own function: the code that made the timer awaits it, like the SDK between
 * two attempts, and is asleep. Other timers are only time limits.
 */
const isPromiseResolver = (callback: object): boolean =>
  /\{ \[native code\] \}$/.test(Function.prototype.toString.call(callback));
