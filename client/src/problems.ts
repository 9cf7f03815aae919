import type { operations } from './generated/openapi.ts';

type ProblemBody<Response> = Response extends {
  readonly content: { readonly 'application/problem+json': infer Body };
}
  ? Body
  : never;
type ProblemsOf<Operation> = Operation extends { readonly responses: infer Responses }
  ? ProblemBody<Responses[keyof Responses]>
  : never;
type WithCode<Body, Code> = Body extends { readonly code: infer Codes }
  ? Code extends Codes
    ? Body & { readonly code: Code }
    : never
  : never;

/** Every problem of the API, discriminated by `code`. */
export type Problem = ProblemsOf<operations[keyof operations]>;
export type ProblemCode = Problem['code'];
/** The problem of one code, with the fields that only it has. */
export type ProblemOf<Code extends ProblemCode> = WithCode<Problem, Code>;

/** Response of the API that is not the expected one. */
export class StockbookError extends Error {
  override readonly name = 'StockbookError';
  /** HTTP status of the response. */
  readonly status: number;
  /**
   * Problem of the response. Undefined if API Gateway itself rejected the request, for example for
   * a missing token.
   */
  readonly problem: Problem | undefined;

  constructor(status: number, body: unknown) {
    const problem = isProblem(body) ? body : undefined;
    super(problem === undefined ? describeStatus(status, body) : describe(problem));
    this.status = status;
    this.problem = problem;
  }

  /** Code of the problem, or undefined if API Gateway itself rejected the request. */
  get code(): ProblemCode | undefined {
    return this.problem?.code;
  }
}

/** Returns true for a problem with this code, whose fields then have their types. */
export const hasCode = <Code extends ProblemCode>(
  problem: unknown,
  code: Code,
): problem is ProblemOf<Code> => isProblem(problem) && problem.code === code;

/** Returns the data of a result. Throws StockbookError for any response that is not a success. */
export function unwrap<Data>(result: {
  readonly data?: Data;
  readonly error?: unknown;
  readonly response: Response;
}): Exclude<Data, undefined> {
  if (!result.response.ok) throw new StockbookError(result.response.status, result.error);
  return result.data as Exclude<Data, undefined>;
}

const isProblem = (body: unknown): body is Problem =>
  typeof body === 'object' && body !== null && 'code' in body && typeof body.code === 'string';

function describeStatus(status: number, body: unknown): string {
  const isExplained = typeof body === 'object' && body !== null && 'message' in body;
  return `The API returned ${status}${isExplained ? `: ${body.message}` : ''}`;
}

function describe(problem: Problem): string {
  const errors = 'errors' in problem ? (problem.errors ?? []) : [];
  const details = errors.map(({ path, message }) => `${path}: ${message}`);
  return `${problem.code}: ${details.length > 0 ? details.join('; ') : problem.detail}`;
}
