import { AsyncLocalStorage } from 'node:async_hooks';
import type { InvokeResult } from '../../../local/functions/invoke.ts';
import type { SeededRandom } from '../random.ts';

/** What Lambda reports of a function that was ended from outside, by a crash or its time-out. */
export const CRASH_ERROR_TYPE = 'Runtime.ExitError';
export const TIMEOUT_ERROR_TYPE = 'Sandbox.Timedout';
export const isTermination = (errorType: string): boolean =>
  errorType === CRASH_ERROR_TYPE || errorType === TIMEOUT_ERROR_TYPE;

/** One run of a function, from its event to its answer or its death. */
export class Invocation {
  readonly functionName: string;
  /** Tells it apart from all others of a story, and is the same when the story is told again. */
  readonly name: string;
  readonly random: SeededRandom;
  /** By how many milliseconds the clock of its machine is ahead. */
  readonly clockSkewMilliseconds: number;
  /** Who its requests are signed by. */
  readonly userArn: string;
  /** Of the world that it runs in. What is left of it when that world has ended comes to nothing. */
  readonly worldId: number;
  readonly terminated: Promise<InvokeResult>;
  callCount = 0;
  #isDead = false;
  readonly #end: (result: InvokeResult) => void;

  constructor(of: {
    readonly functionName: string;
    readonly name: string;
    readonly random: SeededRandom;
    readonly clockSkewMilliseconds: number;
    readonly userArn: string;
    readonly worldId: number;
  }) {
    this.functionName = of.functionName;
    this.name = of.name;
    this.random = of.random;
    this.clockSkewMilliseconds = of.clockSkewMilliseconds;
    this.userArn = of.userArn;
    this.worldId = of.worldId;
    const { promise, resolve } = Promise.withResolvers<InvokeResult>();
    this.terminated = promise;
    this.#end = resolve;
  }

  get isTerminated(): boolean {
    return this.#isDead;
  }

  /** What it does from now on comes to nothing. */
  terminate(errorType: string): void {
    this.#isDead = true;
    this.#end({
      ok: false,
      error: { errorType, errorMessage: `${this.functionName} ended: ${errorType}` },
    });
  }
}

const invocationStorage = new AsyncLocalStorage<Invocation>();

export const currentInvocation = (): Invocation | undefined => invocationStorage.getStore();
export const runInInvocation = <Value>(invocation: Invocation, run: () => Value): Value =>
  invocationStorage.run(invocation, run);
