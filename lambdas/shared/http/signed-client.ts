import { setTimeout as delay } from 'node:timers/promises';
import { AwsClient } from 'aws4fetch';
import * as z from 'zod/mini';
import { systemClock } from '../core/clock.ts';
import { type Environment, requireVariable } from '../core/environment.ts';
import { RetryLaterError } from '../core/errors.ts';
import type { Instant } from '../core/instant.ts';
import { systemRandom } from '../core/random.ts';
import { retryAfterSecondsOf } from './retry-after.ts';

export type Credentials = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
};

export type ServiceResponse = { readonly status: number; readonly body: unknown };

type SignedClientOptions = {
  /** URL of the API, without a slash at the end. */
  readonly url: string;
  readonly region: string;
  readonly credentials: Credentials;
  /** Maximum time of a request, including its retries. */
  readonly timeoutMilliseconds: number;
  /** Name of the service in error messages. */
  readonly serviceName: string;
};

type RequestOptions = {
  readonly correlationId: string;
  readonly body?: unknown;
  readonly idempotencyKey?: string;
  /** Time by which the caller needs the response. */
  readonly deadline?: Instant | undefined;
};

const ATTEMPTS_MAX = 3;
/**
 * Base of the delay before a retry if the response has no Retry-After. It doubles with each attempt
 * and is multiplied by a random number below 1.
 */
const BACKOFF_MILLISECONDS = 50;
/** Minimum time that must remain for a retry after its delay. */
const REQUEST_MILLISECONDS_MIN = 500;
const MILLISECONDS_PER_SECOND = 1_000;

const isRetryable = (status: number): boolean => status === 429 || status >= 500;

/**
 * Sends requests to service routes of the API, signed with the function's own credentials (IAM,
 * SigV4).
 */
export class SignedClient {
  readonly #settings: SignedClientOptions;
  readonly #client: AwsClient;

  constructor(settings: SignedClientOptions) {
    this.#settings = settings;
    const { accessKeyId, secretAccessKey, sessionToken } = settings.credentials;
    this.#client = new AwsClient({
      accessKeyId,
      secretAccessKey,
      ...(sessionToken === undefined ? {} : { sessionToken }),
      region: settings.region,
      service: 'execute-api',
      retries: 0,
    });
  }

  /**
   * Sends a request, up to three times while the response is 429 or 5xx. Waits for the time in
   * Retry-After if the request has that much time left. Throws RetryLaterError, with that time, if
   * there is no other response.
   */
  async send(
    method: string,
    path: string,
    { correlationId, body, idempotencyKey, deadline }: RequestOptions,
  ): Promise<ServiceResponse> {
    const { url, serviceName, timeoutMilliseconds } = this.#settings;
    const startedAt = systemClock();
    const end = Math.min(startedAt + timeoutMilliseconds, deadline ?? Number.POSITIVE_INFINITY);
    if (end <= startedAt)
      throw new RetryLaterError(`There was no time left to call ${serviceName}.`);
    const init = {
      method,
      headers: {
        'x-correlation-id': correlationId,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(end - startedAt),
    };
    for (let tried = 1; ; tried += 1) {
      const { status, headers, body } = await this.#sendOnce(url + path, init);
      if (!isRetryable(status)) return { status, body };
      const retryAfterSeconds = retryAfterSecondsOf(headers);
      const pause =
        retryAfterSeconds === undefined
          ? systemRandom() * BACKOFF_MILLISECONDS * 2 ** tried
          : retryAfterSeconds * MILLISECONDS_PER_SECOND;
      const isInTime = systemClock() + pause + REQUEST_MILLISECONDS_MIN <= end;
      if (tried === ATTEMPTS_MAX || !isInTime)
        throw new RetryLaterError(`${serviceName} responded with ${status}`, {
          ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
        });
      await delay(pause);
    }
  }

  async #sendOnce(url: string, init: RequestInit) {
    try {
      const response = await this.#client.fetch(url, init);
      return {
        status: response.status,
        headers: response.headers,
        body: (await response.json()) as unknown,
      };
    } catch (cause) {
      throw new RetryLaterError(`${this.#settings.serviceName} did not respond`, { cause });
    }
  }
}

/** Creates a client with the function's own credentials. */
export const createSignedClient = (
  env: Environment,
  settings: Pick<SignedClientOptions, 'url' | 'timeoutMilliseconds' | 'serviceName'>,
): SignedClient =>
  new SignedClient({
    region: requireVariable(env, 'AWS_REGION'),
    credentials: {
      accessKeyId: requireVariable(env, 'AWS_ACCESS_KEY_ID'),
      secretAccessKey: requireVariable(env, 'AWS_SECRET_ACCESS_KEY'),
      sessionToken: env.AWS_SESSION_TOKEN,
    },
    ...settings,
  });

const ProblemBody = z.object({ code: z.string(), detail: z._default(z.string(), '') });

/** Returns the code and the detail of a problem response; empty for any other response. */
export const parseProblem = ({
  body,
}: ServiceResponse): { readonly code: string; readonly detail: string } => {
  const problem = ProblemBody.safeParse(body);
  return problem.success ? problem.data : { code: '', detail: '' };
};
