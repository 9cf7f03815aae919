import { AsyncLocalStorage } from 'node:async_hooks';
import type { InvokeResult } from '../../../local/functions/invoke.ts';
import type { SeededRandom } from '../random.ts';

/** Error type that Lambda reports for a function that was ended by a crash or its timeout. */
export const CRASH_ERROR_TYPE = 'Runtime.ExitError';
export const TIMEOUT_ERROR_TYPE = 'Sandbox.Timedout';
export const isTermination = (errorType: string): boolean =>
  errorType === CRASH_ERROR_TYPE || errorType === TIMEOUT_ERROR_TYPE;

/** One run of a function, from its event to its response or its death. */
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

  /** Ends the invocation: its later calls have no effect. */
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
