import type { RejectedInvoke } from './invoke.ts';
import { CHAIN_INVOCATIONS_MAX, extendChain } from './request-chain.ts';

export type AdmissionSettings = {
  /** Whether the template allows the function to be part of a recursive loop. */
  readonly allowsLoop: boolean;
  /** Concurrency that the template reserves. Undefined for none. */
  readonly reservedConcurrency: number | undefined;
};

export type AdmittedInvocation = { readonly traceHeader: string; readonly release: () => void };

/**
 * Decides whether Lambda invokes one function, by its reserved concurrency and by the detection of
 * recursive loops.
 */
export class Admission {
  readonly #functionArn: string;
  readonly #allowsLoop: boolean;
  #running = 0;
  /** Maximum number of concurrent invocations. Undefined for no limit; 0 stops the function. */
  reservedConcurrency: number | undefined;

  constructor(functionArn: string, { allowsLoop, reservedConcurrency }: AdmissionSettings) {
    this.#functionArn = functionArn;
    this.#allowsLoop = allowsLoop;
    this.reservedConcurrency = reservedConcurrency;
  }

  /** Admits an invocation until its `release` is called, or returns why Lambda rejects it. */
  enter(traceHeaderBefore: string | undefined): AdmittedInvocation | RejectedInvoke {
    if (this.reservedConcurrency !== undefined && this.#running >= this.reservedConcurrency)
      return THROTTLED;
    const { traceHeader, earlierInvocations } = extendChain(traceHeaderBefore, this.#functionArn);
    if (earlierInvocations >= CHAIN_INVOCATIONS_MAX && !this.#allowsLoop) return RECURSIVE_LOOP;
    this.#running += 1;
    return {
      traceHeader,
      release: () => {
        this.#running -= 1;
      },
    };
  }
}

/** https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors */
const THROTTLED: RejectedInvoke = {
  ok: false,
  rejectionStatus: 429,
  error: { errorType: 'TooManyRequestsException', errorMessage: 'Rate Exceeded.' },
};
const RECURSIVE_LOOP: RejectedInvoke = {
  ok: false,
  rejectionStatus: 400,
  error: {
    errorType: 'RecursiveInvocationException',
    errorMessage:
      "Lambda has detected your function being invoked in a recursive loop with other AWS resources and stopped your function's invocation.",
  },
};
