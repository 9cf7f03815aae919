import { AsyncLocalStorage } from 'node:async_hooks';
import type { InvokeResult } from '../../../local/functions/functions.ts';
import type { Chance } from '../chance.ts';

/** What Lambda reports of a function that was ended from outside, by a crash or its time-out. */
export const CRASHED = 'Runtime.ExitError';
export const TIMED_OUT = 'Sandbox.Timedout';
export const isDeath = (errorType: string): boolean =>
  errorType === CRASHED || errorType === TIMED_OUT;

/** One run of a function, from its event to its answer or its death. */
export class Invocation {
  readonly functionName: string;
  /** Tells it apart from all others of a story, and is the same when the story is told again. */
  readonly name: string;
  readonly chance: Chance;
  /** By how many milliseconds the clock of its machine is ahead. */
  readonly skewMilliseconds: number;
  /** Who its requests are signed by. */
  readonly userArn: string;
  /** Of the world that it runs in. What is left of it when that world has ended comes to nothing. */
  readonly worldNumber: number;
  readonly died: Promise<InvokeResult>;
  calls = 0;
  #isDead = false;
  readonly #end: (result: InvokeResult) => void;

  constructor(of: {
    readonly functionName: string;
    readonly name: string;
    readonly chance: Chance;
    readonly skewMilliseconds: number;
    readonly userArn: string;
    readonly worldNumber: number;
  }) {
    this.functionName = of.functionName;
    this.name = of.name;
    this.chance = of.chance;
    this.skewMilliseconds = of.skewMilliseconds;
    this.userArn = of.userArn;
    this.worldNumber = of.worldNumber;
    const { promise, resolve } = Promise.withResolvers<InvokeResult>();
    this.died = promise;
    this.#end = resolve;
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  /** What it does from now on comes to nothing. */
  die(errorType: string): void {
    this.#isDead = true;
    this.#end({
      ok: false,
      error: { errorType, errorMessage: `${this.functionName} ended: ${errorType}` },
    });
  }
}

const running = new AsyncLocalStorage<Invocation>();

export const invocationNow = (): Invocation | undefined => running.getStore();
export const runAs = <Value>(invocation: Invocation, run: () => Value): Value =>
  running.run(invocation, run);
