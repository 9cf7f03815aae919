import { spreadSeconds } from './retry-after.ts';

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

/** How a kind of refusal is answered. `shows` names the fields of the refusal that the client is told. */
export type RefusalAnswer = Omit<Problem, 'extra'> & { readonly shows: readonly string[] };

type Details = {
  readonly detail: string;
  readonly retryAfterSeconds?: number;
  readonly shows?: readonly string[];
};

const refusalAnswer =
  (status: number, title: string) =>
  (code: string, { shows = [], ...details }: Details): RefusalAnswer => ({
    status,
    code,
    title,
    shows,
    ...details,
  });

export const invalid = refusalAnswer(400, 'Invalid request');
export const notFound = refusalAnswer(404, 'Not found');
export const conflict = refusalAnswer(409, 'Conflict');
export const tooMany = refusalAnswer(429, 'Too many requests');
export const unprocessable = refusalAnswer(422, 'Unprocessable request');

export const idempotencyKeyReused = unprocessable('IDEMPOTENCY_KEY_REUSED', {
  detail: 'This key was used before with another request. Send a new key with a new request.',
});

/** The problem of one refusal; a refusal may know itself when to come again. */
export function problemOf({ shows, ...answer }: RefusalAnswer, refusal: object): Problem {
  const extra = Object.fromEntries(
    Object.entries(refusal).filter(([field]) => shows.includes(field)),
  );
  const { retryAfterSeconds } = refusal as { readonly retryAfterSeconds?: number };
  return { ...answer, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }), extra };
}

/** The HTTP response of a problem; `instance` names the request in the logs. Retry-After is spread over some seconds. */
export function problemResponse(problem: Problem, instance: string) {
  const { status, code, title, detail, retryAfterSeconds, extra } = problem;
  return {
    statusCode: status,
    headers: {
      'content-type': 'application/problem+json',
      ...(retryAfterSeconds === undefined
        ? {}
        : { 'retry-after': String(spreadSeconds(retryAfterSeconds)) }),
    },
    body: JSON.stringify({ type: 'about:blank', title, status, code, detail, instance, ...extra }),
  };
}
