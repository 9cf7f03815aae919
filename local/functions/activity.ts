import type { Invoke } from './invoke.ts';

/** Time after an invocation during which its changes, and what follows from them, are expected. */
const ACTIVE_MILLISECONDS = 5_000;

export type Pauses = {
  /** Milliseconds while functions run, and shortly after. */
  readonly active: number;
  /** Milliseconds while no function runs. */
  readonly idle: number;
};

/**
 * Whether functions run. Tables change through functions only, apart from tests and tools, so their
 * streams need few polls while none runs: an idle runtime uses a fifth of the processor time.
 */
export class Activity {
  readonly #now: () => number;
  readonly #sleepers = new Set<() => void>();
  #running = 0;
  #endedAt = Number.NEGATIVE_INFINITY;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Returns an `Invoke` whose invocations count as activity. */
  track(invoke: Invoke): Invoke {
    return async (functionArn, event, traceHeader) => {
      this.#running += 1;
      for (const wake of [...this.#sleepers]) wake();
      try {
        return await invoke(functionArn, event, traceHeader);
      } finally {
        this.#running -= 1;
        this.#endedAt = this.#now();
      }
    };
  }

  get #isActive(): boolean {
    return this.#running > 0 || this.#now() - this.#endedAt < ACTIVE_MILLISECONDS;
  }

  /** Waits. An invocation or the signal ends the longer wait. */
  pause({ active, idle }: Pauses, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', wake);
        this.#sleepers.delete(wake);
        resolve();
      };
      const isActive = this.#isActive;
      const timer = setTimeout(wake, isActive ? active : idle);
      signal.addEventListener('abort', wake);
      if (!isActive) this.#sleepers.add(wake);
    });
  }
}
