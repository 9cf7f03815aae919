import type { InvokeRefused } from './functions.ts';
import { CHAIN_INVOCATIONS_MAX, nextInChain } from './request-chain.ts';

export type AdmissionSettings = {
  /** True where the template allows the function to be part of a recursive loop. */
  readonly mayLoop: boolean;
  /** Concurrency reserved by the template; undefined for none. */
  readonly reservedConcurrency: number | undefined;
};

export type Admitted = { readonly traceHeader: string; readonly leave: () => void };

/** Decides whether Lambda invokes one function: its reserved concurrency and the detection of recursive loops. */
export class Admission {
  readonly #functionArn: string;
  readonly #mayLoop: boolean;
  #running = 0;
  /** Invocations that may run at the same time; undefined for any number. 0 stops the function. */
  reservedConcurrency: number | undefined;

  constructor(functionArn: string, { mayLoop, reservedConcurrency }: AdmissionSettings) {
    this.#functionArn = functionArn;
    this.#mayLoop = mayLoop;
    this.reservedConcurrency = reservedConcurrency;
  }

  /** Admits an invocation until its `leave` is called, or returns why Lambda refuses it. */
  enter(traceHeaderBefore: string | undefined): Admitted | InvokeRefused {
    if (this.reservedConcurrency !== undefined && this.#running >= this.reservedConcurrency)
      return THROTTLED;
    const { traceHeader, earlierInvocations } = nextInChain(traceHeaderBefore, this.#functionArn);
    if (earlierInvocations >= CHAIN_INVOCATIONS_MAX && !this.#mayLoop) return STOPPED_LOOP;
    this.#running += 1;
    return {
      traceHeader,
      leave: () => {
        this.#running -= 1;
      },
    };
  }
}

/** https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors */
const THROTTLED: InvokeRefused = {
  ok: false,
  refusedWith: 429,
  error: { errorType: 'TooManyRequestsException', errorMessage: 'Rate Exceeded.' },
};
const STOPPED_LOOP: InvokeRefused = {
  ok: false,
  refusedWith: 400,
  error: {
    errorType: 'RecursiveInvocationException',
    errorMessage:
      "Lambda has detected your function being invoked in a recursive loop with other AWS resources and stopped your function's invocation.",
  },
};
