import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers';
import timersPromises from 'node:timers/promises';

const RealDate = Date;
const real = {
  setTimeout: globalThis.setTimeout,
  clearTimeout: globalThis.clearTimeout,
  setImmediate: globalThis.setImmediate,
  delay: timersPromises.setTimeout,
  abortTimeout: AbortSignal.timeout,
  random: Math.random,
  randomUUID: crypto.randomUUID,
};

/** Waits until all promise and tick callbacks have run; they run before the next immediate. */
const drainEventLoop = (): Promise<void> =>
  new Promise((resolve) => real.setImmediate(() => resolve()));

class Timer {
  readonly firesAt: number;
  readonly order: number;
  fire: (() => void) | undefined;

  constructor(at: number, order: number, fire: () => void) {
    this.firesAt = at;
    this.order = order;
    this.fire = fire;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  hasRef(): boolean {
    return true;
  }
}

const UUID_DIGITS = 32;
/** Returns a UUID of digits drawn from `random`: the same ids in each run of a scenario. */
const createUuid = (random: () => number): string =>
  Array.from({ length: UUID_DIGITS }, () => Math.floor(random() * 16).toString(16))
    .join('')
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');

const isBefore = (one: Timer, other: Timer): boolean =>
  one.firesAt < other.firesAt || (one.firesAt === other.firesAt && one.order < other.order);

/** The caller's clock offset in milliseconds, and its random numbers from 0, below 1. */
export type CallerContext = { readonly clockSkew: () => number; readonly random: () => number };

/**
 * Virtual clock. While a scenario runs, it replaces all clocks, timers and random sources of the
 * process. When no other code can run, time jumps to the next timer. Timers always fire in the same
 * order.
 */
export class VirtualTime {
  #now: number;
  #order = 0;
  readonly #heap: Timer[] = [];
  readonly #caller: CallerContext;

  /** `start` in epoch milliseconds. */
  constructor(start: number, caller: CallerContext) {
    this.#now = start;
    this.#caller = caller;
  }

  get now(): number {
    return this.#now;
  }

  /** Returns the scenario's result. Throws if the scenario has not ended and no timer is left. */
  async run<Value>(scenario: () => Promise<Value>): Promise<Value> {
    const restore = this.#install();
    try {
      let ended: { readonly value: Value } | { readonly error: unknown } | undefined;
      scenario().then(
        (value) => {
          ended = { value };
        },
        (error: unknown) => {
          ended = { error };
        },
      );
      for (;;) {
        await drainEventLoop();
        if (ended !== undefined) break;
        const next = this.#popTimer();
        if (next === undefined) throw new Error('The scenario is waiting, but no timer is left.');
        this.#now = Math.max(this.#now, next.firesAt);
        next.fire?.();
      }
      if ('error' in ended) throw ended.error;
      return ended.value;
    } finally {
      restore();
    }
  }

  wait(milliseconds: number): Promise<void> {
    return new Promise((resolve) => this.#addTimer(resolve, milliseconds));
  }

  /** Calls `act` after some milliseconds. Returns a function that cancels it. */
  schedule(milliseconds: number, act: () => void): () => void {
    const timer = this.#addTimer(act, milliseconds);
    return () => {
      timer.fire = undefined;
    };
  }

  #addTimer(fire: () => void, milliseconds: number): Timer {
    const timer = new Timer(this.#now + Math.max(0, milliseconds || 0), this.#order, fire);
    this.#order += 1;
    this.#push(timer);
    return timer;
  }

  #popTimer(): Timer | undefined {
    for (;;) {
      const timer = this.#pop();
      if (timer === undefined || timer.fire !== undefined) return timer;
    }
  }

  #push(timer: Timer): void {
    const heap = this.#heap;
    let index = heap.push(timer) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || !isBefore(timer, above)) break;
      heap[index] = above;
      heap[parent] = timer;
      index = parent;
    }
  }

  #pop(): Timer | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      let below = heap[child];
      const right = heap[child + 1];
      if (below === undefined) break;
      if (right !== undefined && isBefore(right, below)) {
        child += 1;
        below = right;
      }
      if (!isBefore(below, last)) break;
      heap[index] = below;
      index = child;
    }
    heap[index] = last;
    return first;
  }

  #install(): () => void {
    const { clockSkew, random } = this.#caller;
    // Whole milliseconds, like a machine's clock.
    const wallClock = (): number => Math.floor(this.#now + clockSkew());
    class VirtualDate extends RealDate {
      constructor(...parts: readonly unknown[]) {
        // The arguments are those of the constructor that this one replaces.
        super(...((parts.length === 0 ? [wallClock()] : parts) as [number]));
      }

      static override now(): number {
        return wallClock();
      }

      static override [Symbol.hasInstance](value: unknown): boolean {
        return Object.prototype.isPrototypeOf.call(RealDate.prototype, Object(value));
      }
    }
    const set = (
      fire: (...given: unknown[]) => void,
      milliseconds = 0,
      ...given: unknown[]
    ): Timer => this.#addTimer(() => fire(...given), milliseconds);
    const clear = (timer: unknown): void => {
      if (timer instanceof Timer) timer.fire = undefined;
      else real.clearTimeout(timer as Parameters<typeof real.clearTimeout>[0]);
    };
    const delay = (milliseconds = 0, value?: unknown, options: { signal?: AbortSignal } = {}) =>
      new Promise((resolve, reject) => {
        const { signal } = options;
        const aborted = () => reject(signal?.reason);
        if (signal?.aborted) return aborted();
        const timer = this.#addTimer(() => {
          signal?.removeEventListener('abort', stop);
          resolve(value);
        }, milliseconds);
        const stop = () => {
          clear(timer);
          aborted();
        };
        signal?.addEventListener('abort', stop, { once: true });
      });
    const abortTimeout = (milliseconds: number): AbortSignal => {
      const controller = new AbortController();
      const reason = new DOMException('The operation was aborted due to timeout', 'TimeoutError');
      this.#addTimer(() => controller.abort(reason), milliseconds);
      return controller.signal;
    };

    const replaceGlobals = (
      date: unknown,
      timeout: unknown,
      cancel: unknown,
      promised: unknown,
      abort: unknown,
      random: () => number,
      uuid: () => string,
    ): void => {
      Object.assign(globalThis, { Date: date, setTimeout: timeout, clearTimeout: cancel });
      Object.assign(timers, { setTimeout: timeout, clearTimeout: cancel });
      Object.assign(timersPromises, { setTimeout: promised });
      Object.assign(AbortSignal, { timeout: abort });
      Math.random = random;
      Object.assign(crypto, { randomUUID: uuid });
      syncBuiltinESMExports();
    };
    replaceGlobals(VirtualDate, set, clear, delay, abortTimeout, random, () => createUuid(random));
    return () =>
      replaceGlobals(
        RealDate,
        real.setTimeout,
        real.clearTimeout,
        real.delay,
        real.abortTimeout,
        real.random,
        real.randomUUID,
      );
  }
}
