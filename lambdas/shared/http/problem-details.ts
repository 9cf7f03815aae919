import { addJitterSeconds } from './retry-after.ts';

/** An error response in the format of RFC 9457. Clients distinguish errors by `code`. */
export type Problem = {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly retryAfterSeconds?: number;
  readonly extra?: Readonly<Record<string, unknown>>;
};

/** Thrown only by the validation of a request. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.code);
    this.problem = problem;
  }
}

/**
 * Problem for one kind of error. `exposes` names the fields of the error that the response
 * includes.
 */
export type ProblemType<Code extends string = string> = Omit<Problem, 'code' | 'extra'> & {
  readonly code: Code;
  readonly exposes: readonly string[];
};

/** Returns the problem of an error, which may set its own time to retry after. */
export function toProblem({ exposes, ...problem }: ProblemType, error: object): Problem {
  const extra = Object.fromEntries(
    Object.entries(error).filter(([field]) => exposes.includes(field)),
  );
  const { retryAfterSeconds } = error as { readonly retryAfterSeconds?: number };
  return { ...problem, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }), extra };
}

/**
 * Returns the HTTP response of a problem, which no cache keeps. `instance` identifies the request
 * in the logs. A random part is added to Retry-After.
 */
export function toProblemResponse(problem: Problem, instance: string) {
  const { status, code, title, detail, retryAfterSeconds, extra } = problem;
  return {
    statusCode: status,
    headers: {
      'content-type': 'application/problem+json',
      // RFC 9111 lets a cache keep a 404 that has no such header.
      'cache-control': 'no-store',
      ...(retryAfterSeconds === undefined
        ? {}
        : { 'retry-after': String(addJitterSeconds(retryAfterSeconds)) }),
    },
    body: JSON.stringify({ type: 'about:blank', title, status, code, detail, instance, ...extra }),
  };
}
