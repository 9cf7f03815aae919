import { addJitterSeconds } from './retry-after.ts';

/** An error answer as RFC 9457 has it; `code` is what clients switch on. */
export type Problem = {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly retryAfterSeconds?: number;
  readonly extra?: Readonly<Record<string, unknown>>;
};

/** Thrown at the edge only, by what validates a request. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.code);
    this.problem = problem;
  }
}

/**
 * How a kind of refusal is answered. `shows` names the fields of the refusal that the client is
 * told.
 */
export type ProblemType<Code extends string = string> = Omit<Problem, 'code' | 'extra'> & {
  readonly code: Code;
  readonly exposes: readonly string[];
};

/** The problem of one refusal; a refusal may know itself when to come again. */
export function toProblem({ exposes, ...problem }: ProblemType, error: object): Problem {
  const extra = Object.fromEntries(
    Object.entries(error).filter(([field]) => exposes.includes(field)),
  );
  const { retryAfterSeconds } = error as { readonly retryAfterSeconds?: number };
  return { ...problem, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }), extra };
}

/**
 * The HTTP response of a problem; `instance` names the request in the logs. Retry-After is spread
 * over some seconds.
 */
export function toProblemResponse(problem: Problem, instance: string) {
  const { status, code, title, detail, retryAfterSeconds, extra } = problem;
  return {
    statusCode: status,
    headers: {
      'content-type': 'application/problem+json',
      ...(retryAfterSeconds === undefined
        ? {}
        : { 'retry-after': String(addJitterSeconds(retryAfterSeconds)) }),
    },
    body: JSON.stringify({ type: 'about:blank', title, status, code, detail, instance, ...extra }),
  };
}
