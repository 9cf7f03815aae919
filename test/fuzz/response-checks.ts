import type { FuzzRequest } from './requests.ts';
import type { FuzzResponse } from './send.ts';

/** Internals that a response must never contain: source paths, packages, messages of the table. */
const LEAKED_INTERNALS =
  /\bat (?:async )?[\w.<>]+ \(|\bat file:|node_modules|\.(?:ts|mjs|js):\d+|lambdas\/|@aws-sdk|DynamoDB|\b\w+Exception\b|\b(?:Type|Range|Syntax|Reference)Error\b|ZodError|UnhandledPromise/;

/** Returns what is wrong with a response; empty for a correct one. */
export function checkResponse(
  { method }: FuzzRequest,
  { status, contentType, body }: FuzzResponse,
): string[] {
  const problems: string[] = [];
  if (status >= 500 || status < 200) problems.push(`returned ${status}`);
  if (status < 400) return problems;
  if (LEAKED_INTERNALS.test(body)) problems.push(`leaks ${LEAKED_INTERNALS.exec(body)?.[0]}`);
  // Node’s own parser rejects what is not HTTP before any of our code runs: with an empty body.
  if (body === '' || method === 'HEAD') return problems;
  let problem: { readonly code?: unknown; readonly status?: unknown; readonly message?: unknown };
  try {
    problem = JSON.parse(body);
  } catch {
    return [...problems, 'is not JSON'];
  }
  const isOurs =
    /problem\+json/.test(contentType) &&
    typeof problem.code === 'string' &&
    problem.status === status;
  const isGateways = typeof problem.message === 'string' && Object.keys(problem).length === 1;
  if (!isOurs && !isGateways) problems.push('is neither a problem document nor a gateway error');
  return problems;
}
