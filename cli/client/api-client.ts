import { setTimeout as delay } from 'node:timers/promises';
import { UserError } from '../../local/errors.ts';
import type { Connection } from './connection.ts';

export type ApiResponse = {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
};

/** Thrown when no request of this caller can succeed. */
export class AccessDeniedError extends UserError {}
/** Thrown when the response says to retry so late that a command does not wait for it. */
export class RetryLaterError extends UserError {}
/** Thrown when none of the tries was answered. */
export class UnavailableError extends UserError {}

const ATTEMPTS_MAX = 5;
const BACKOFF_MILLISECONDS = 250;
const REQUEST_TIMEOUT_MILLISECONDS = 30_000;
/** A command waits no longer for one retry: it reports the response instead. */
const RETRY_AFTER_SECONDS_MAX = 60;
const MILLISECONDS_PER_SECOND = 1_000;

/**
 * Sends a request up to five times, with the same key each time: it takes effect at most once. Retries 429, 5xx and lost
 * connections, as late as Retry-After says. Throws Unanswered after the last, NotNow for a Retry-After of more than a minute, and
 * NotAllowed for a token that the route does not take.
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
          `${url} does not take this token for ${method} ${path} (${result.status})`,
        );
      }
      if (result.status !== 429 && result.status < 500) return result;
      lastError = new UnavailableError(`${url} answered ${result.status}${codeOf(result)}`);
      const seconds = Number(response.headers.get('retry-after') ?? '');
      if (seconds > RETRY_AFTER_SECONDS_MAX)
        throw new RetryLaterError(
          `${url} answered ${result.status}${codeOf(result)}: retry in ${seconds} seconds`,
        );
      if (seconds > 0) waitMilliseconds = seconds * MILLISECONDS_PER_SECOND;
    } catch (error) {
      if (error instanceof AccessDeniedError || error instanceof RetryLaterError) throw error;
      lastError = new UnavailableError(`${url} did not answer (${causeOf(error)})`);
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

/** What a problem says, in a line. */
export const describeProblem = ({ status, body }: ApiResponse): string => {
  const errors = Array.isArray(body.errors) ? body.errors : [];
  const details = errors.map(
    (error: { path?: string; message?: string }) => `${error.path}: ${error.message}`,
  );
  const words = details.length > 0 ? details.join('; ') : (body.detail ?? body.message ?? '');
  return `${body.code ?? status} ${String(words)}`.trim();
};

/** The body of an answer that is as it should be; throws its problem otherwise. */
export function expectStatus<Body>(response: ApiResponse, status: number): Body {
  if (response.status !== status)
    throw new UserError(`was answered ${response.status} ${describeProblem(response)}`);
  // The contract says so.
  return response.body as Body;
}
