import { setTimeout as delay } from 'node:timers/promises';
import { Usage, type Where } from './where.ts';

export type Answer = { readonly status: number; readonly body: Readonly<Record<string, unknown>> };

/** Thrown when no request of this caller can succeed. */
export class NotAllowed extends Usage {}
/** Thrown when the response says to retry so late that a command does not wait for it. */
export class NotNow extends Usage {}
/** Thrown when none of the tries was answered. */
export class Unanswered extends Usage {}

const TRIES_MAX = 5;
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
export async function send(
  { url, token }: Where,
  method: 'GET' | 'POST' | 'PUT',
  path: string,
  { body, key }: { readonly body?: unknown; readonly key?: string } = {},
  backoffMilliseconds = BACKOFF_MILLISECONDS,
): Promise<Answer> {
  let fault: unknown;
  for (let tried = 0; tried < TRIES_MAX; tried += 1) {
    let waitMilliseconds = backoffMilliseconds * 2 ** tried;
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
      const answer = { status: response.status, body: await bodyOf(response) };
      if (answer.status === 401 || answer.status === 403) {
        throw new NotAllowed(
          `${url} does not take this token for ${method} ${path} (${answer.status})`,
        );
      }
      if (answer.status !== 429 && answer.status < 500) return answer;
      fault = new Unanswered(`${url} answered ${answer.status}${codeOf(answer)}`);
      const seconds = Number(response.headers.get('retry-after') ?? '');
      if (seconds > RETRY_AFTER_SECONDS_MAX)
        throw new NotNow(
          `${url} answered ${answer.status}${codeOf(answer)}: retry in ${seconds} seconds`,
        );
      if (seconds > 0) waitMilliseconds = seconds * MILLISECONDS_PER_SECOND;
    } catch (thrown) {
      if (thrown instanceof NotAllowed || thrown instanceof NotNow) throw thrown;
      fault = new Unanswered(`${url} did not answer (${causeOf(thrown)})`);
    }
    if (tried + 1 < TRIES_MAX) await delay(waitMilliseconds);
  }
  throw fault;
}

async function bodyOf(response: Response): Promise<Readonly<Record<string, unknown>>> {
  const text = await response.text();
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === 'object' && body !== null ? { ...body } : {};
  } catch {
    return {};
  }
}

const codeOf = ({ body }: Answer): string => (typeof body.code === 'string' ? ` ${body.code}` : '');

function causeOf(fault: unknown): string {
  if (!(fault instanceof Error)) return String(fault);
  const cause = fault.cause;
  return cause instanceof Error && 'code' in cause ? String(cause.code) : fault.message;
}

/** What a problem says, in a line. */
export const problemOf = ({ status, body }: Answer): string => {
  const errors = Array.isArray(body.errors) ? body.errors : [];
  const details = errors.map(
    (error: { path?: string; message?: string }) => `${error.path}: ${error.message}`,
  );
  const words = details.length > 0 ? details.join('; ') : (body.detail ?? body.message ?? '');
  return `${body.code ?? status} ${String(words)}`.trim();
};

/** The body of an answer that is as it should be; throws its problem otherwise. */
export function expected<Body>(answer: Answer, status: number): Body {
  if (answer.status !== status)
    throw new Usage(`was answered ${answer.status} ${problemOf(answer)}`);
  // The contract says so.
  return answer.body as Body;
}
