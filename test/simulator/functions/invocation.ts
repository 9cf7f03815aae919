import { AsyncLocalStorage } from 'node:async_hooks';
import type { InvokeResult } from '../../../local/functions/invoke.ts';
import type { SeededRandom } from '../random.ts';

/** Error types that Lambda reports for a function that crashed or timed out. */
export const CRASH_ERROR_TYPE = 'Runtime.ExitError';
export const TIMEOUT_ERROR_TYPE = 'Sandbox.Timedout';
export const isTermination = (errorType: string): boolean =>
  errorType === CRASH_ERROR_TYPE || errorType === TIMEOUT_ERROR_TYPE;

/** One run of a function, from its event until it responds or is terminated. */
export class Invocation {
  readonly functionName: string;
  /** Unique in a scenario, and the same in each run of the scenario. */
  readonly name: string;
  readonly random: SeededRandom;
  /** Offset of its machine's clock in milliseconds. */
  readonly clockSkewMilliseconds: number;
  /** Identity that signs its requests. */
  readonly userArn: string;
  /** The world in which it runs. After that world has ended, its calls have no effect. */
  readonly worldId: number;
  readonly terminated: Promise<InvokeResult>;
  callCount = 0;
  #isTerminated = false;
  readonly #resolve: (result: InvokeResult) => void;

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
    this.#resolve = resolve;
  }

  get isTerminated(): boolean {
    return this.#isTerminated;
  }

  /** Terminates the invocation. Its later calls have no effect. */
  terminate(errorType: string): void {
    this.#isTerminated = true;
    this.#resolve({
      ok: false,
      error: { errorType, errorMessage: `${this.functionName} was terminated: ${errorType}` },
    });
  }
}

const invocationStorage = new AsyncLocalStorage<Invocation>();

export const currentInvocation = (): Invocation | undefined => invocationStorage.getStore();
export const runInInvocation = <Value>(invocation: Invocation, run: () => Value): Value =>
  invocationStorage.run(invocation, run);
