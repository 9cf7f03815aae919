import { setTimeout as delay } from 'node:timers/promises';
import { UserError } from '../../local/errors.ts';
import type { Connection } from './connection.ts';

export type ApiResponse = {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
};

/** Thrown when no request of this caller can succeed. */
export class AccessDeniedError extends UserError {}
/** Thrown when the response asks for a retry later than a command waits. */
export class RetryLaterError extends UserError {}
/** Thrown when every attempt failed. */
export class UnavailableError extends UserError {}

const ATTEMPTS_MAX = 5;
const BACKOFF_MILLISECONDS = 250;
const REQUEST_TIMEOUT_MILLISECONDS = 30_000;
/** Longest wait for one retry. Beyond it, a command reports the response. */
const RETRY_AFTER_SECONDS_MAX = 60;
const MILLISECONDS_PER_SECOND = 1_000;

/**
 * Sends a request up to five times with the same key, so it takes effect at most once. Retries 429,
 * 5xx and lost connections, after the time in Retry-After. Throws UnavailableError after the last
 * attempt, RetryLaterError for a Retry-After over a minute, and AccessDeniedError for a token that
 * the route rejects.
 */
export async function sendRequest(
  { url, token }: Connection,
  method: 'GET' | 'POST' | 'PUT',
  path: string,
  { body, key }: { readonly body?: unknown; readonly key?: string } = {},
  backoffMilliseconds = BACKOFF_MILLISECONDS,
): Promise<ApiResponse> {
  let lastError: unknown;
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    let waitMilliseconds = backoffMilliseconds * 2 ** attempt;
    try {
      const response = await fetch(url + path, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(key === undefined ? {} : { 'idempotency-key': key }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MILLISECONDS),
      });
      const result = { status: response.status, body: await readBody(response) };
      if (result.status === 401 || result.status === 403) {
        throw new AccessDeniedError(
          `${url} rejects this token for ${method} ${path} (${result.status}).`,
        );
      }
      if (result.status !== 429 && result.status < 500) return result;
      lastError = new UnavailableError(`${url} returned ${result.status}${codeOf(result)}.`);
      const seconds = Number(response.headers.get('retry-after') ?? '');
      if (seconds > RETRY_AFTER_SECONDS_MAX)
        throw new RetryLaterError(
          `${url} returned ${result.status}${codeOf(result)}. Retry in ${seconds} seconds.`,
        );
      if (seconds > 0) waitMilliseconds = seconds * MILLISECONDS_PER_SECOND;
    } catch (error) {
      if (error instanceof AccessDeniedError || error instanceof RetryLaterError) throw error;
      lastError = new UnavailableError(`${url} did not respond (${causeOf(error)}).`);
    }
    if (attempt + 1 < ATTEMPTS_MAX) await delay(waitMilliseconds);
  }
  throw lastError;
}

async function readBody(response: Response): Promise<Readonly<Record<string, unknown>>> {
  const text = await response.text();
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === 'object' && body !== null ? { ...body } : {};
  } catch {
    return {};
  }
}

const codeOf = ({ body }: ApiResponse): string =>
  typeof body.code === 'string' ? ` ${body.code}` : '';

function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause;
  return cause instanceof Error && 'code' in cause ? String(cause.code) : error.message;
}

/** Returns the content of a problem response on one line. */
export const describeProblem = ({ status, body }: ApiResponse): string => {
  const errors = Array.isArray(body.errors) ? body.errors : [];
  const details = errors.map(
    (error: { path?: string; message?: string }) => `${error.path}: ${error.message}`,
  );
  const words = details.length > 0 ? details.join('; ') : (body.detail ?? body.message ?? '');
  return `${body.code ?? status} ${String(words)}`.trim();
};

/**
 * Returns the body of a response with the expected status. Throws a UserError with the problem for
 * any other status.
 */
export function expectStatus<Body>(response: ApiResponse, status: number): Body {
  if (response.status !== status)
    throw new UserError(`The API returned ${response.status} ${describeProblem(response)}`);
  // The contract guarantees the type.
  return response.body as Body;
}
