import {
  createClient,
  type RetryOptions,
  type StockbookClient,
  StockbookError,
} from '../../client/src/index.ts';
import { UserError } from '../../local/errors.ts';
import type { Connection } from './connection.ts';

/** Thrown when no request of this caller can succeed. */
export class AccessDeniedError extends UserError {}
/** Thrown when the response asks for a retry later than a command waits. */
export class RetryLaterError extends UserError {}
/** Thrown when every attempt failed. */
export class UnavailableError extends UserError {}

/** Longest wait for one retry. Beyond it, a command reports the response. */
const RETRY_AFTER_SECONDS_MAX = 60;

/**
 * Returns a client for a command. A request throws UnavailableError when no attempt succeeded,
 * RetryLaterError for a Retry-After over a minute, and AccessDeniedError for a token that the route
 * rejects.
 */
export function connect({ url, token }: Connection, retry: RetryOptions = {}): StockbookClient {
  const client = createClient({
    url,
    identity: { token },
    retry: { ...retry, retryAfterSecondsMax: RETRY_AFTER_SECONDS_MAX },
  });
  client.use({
    onResponse: async ({ request, response }) => {
      const { status } = response;
      if (status === 401 || status === 403)
        throw new AccessDeniedError(
          `${url} rejects this token for ${request.method} ${request.url.slice(url.length)} (${status}).`,
        );
      if (status === 429 || status >= 500) throw await unavailableError(url, response);
    },
    onError: ({ error }) => new UnavailableError(`${url} did not respond (${causeOf(error)}).`),
  });
  return client;
}

async function unavailableError(url: string, response: Response): Promise<UserError> {
  const body: unknown = await response.json().catch(() => undefined);
  const { code } = new StockbookError(response.status, body);
  const returned = `${url} returned ${response.status}${code === undefined ? '' : ` ${code}`}.`;
  const seconds = Number(response.headers.get('retry-after') ?? '');
  return seconds > RETRY_AFTER_SECONDS_MAX
    ? new RetryLaterError(`${returned} Retry in ${seconds} seconds.`)
    : new UnavailableError(returned);
}

function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause;
  return cause instanceof Error && 'code' in cause ? String(cause.code) : error.message;
}

/** Returns the content of a rejection on one line. */
export const describeRejection = ({
  response,
  error,
}: {
  readonly response: Response;
  readonly error?: unknown;
}): string => new StockbookError(response.status, error).message;
