import { setTimeout as delay } from 'node:timers/promises';
import { AwsClient } from 'aws4fetch';
import * as z from 'zod/mini';
import { chance } from '../core/chance.ts';
import { systemClock } from '../core/clock.ts';
import { type Environment, required } from '../core/environment.ts';
import { RetryLater } from '../core/faults.ts';
import type { Instant } from '../core/instant.ts';
import { retryAfterSecondsOf } from './retry-after.ts';

export type Credentials = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
};

export type Answer = { readonly status: number; readonly body: unknown };

type Settings = {
  /** Of the API, without a slash at its end. */
  readonly url: string;
  readonly region: string;
  readonly credentials: Credentials;
  /** For a request with all its retries. */
  readonly timeoutMilliseconds: number;
  /** By which errors name the service that was asked. */
  readonly service: string;
};

type Request = {
  readonly correlationId: string;
  readonly body?: unknown;
  readonly key?: string;
  /** Time by which the caller needs the answer. */
  readonly deadline?: Instant | undefined;
};

const TRIES_MAX = 3;
/** Before the first retry of a response that does not say when to retry; doubled for each further one, times a random part. */
const PAUSE_MILLISECONDS = 50;
/** A retry is made only if this is left for it after the pause. */
const REQUEST_MILLISECONDS_MIN = 500;
const MILLISECONDS_PER_SECOND = 1_000;

const isPassing = (status: number): boolean => status === 429 || status >= 500;

/** Requests to a service route of the API, signed with this function's own credentials (IAM, SigV4). */
export class SignedClient {
  readonly #settings: Settings;
  readonly #client: AwsClient;

  constructor(settings: Settings) {
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
   * Sends a request, up to three times while the response is 429 or 5xx. Waits as Retry-After says, where the time of the request
   * allows it. Throws RetryLater, with the time that was said, when no other response came.
   */
  async send(
    method: string,
    path: string,
    { correlationId, body, key, deadline }: Request,
  ): Promise<Answer> {
    const { url, service, timeoutMilliseconds } = this.#settings;
    const startedAt = systemClock();
    const end = Math.min(startedAt + timeoutMilliseconds, deadline ?? Number.POSITIVE_INFINITY);
    if (end <= startedAt) throw new RetryLater(`there was no time left to ask ${service}`);
    const init = {
      method,
      headers: {
        'x-correlation-id': correlationId,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(key === undefined ? {} : { 'idempotency-key': key }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(end - startedAt),
    };
    for (let tried = 1; ; tried += 1) {
      const { status, headers, answer } = await this.#sendOnce(url + path, init);
      if (!isPassing(status)) return { status, body: answer };
      const retryAfterSeconds = retryAfterSecondsOf(headers);
      const pause =
        retryAfterSeconds === undefined
          ? chance() * PAUSE_MILLISECONDS * 2 ** tried
          : retryAfterSeconds * MILLISECONDS_PER_SECOND;
      const isInTime = systemClock() + pause + REQUEST_MILLISECONDS_MIN <= end;
      if (tried === TRIES_MAX || !isInTime)
        throw new RetryLater(`${service} answered ${status}`, {
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
        answer: (await response.json()) as unknown,
      };
    } catch (cause) {
      throw new RetryLater(`${this.#settings.service} did not answer`, { cause });
    }
  }
}

/** A client with the function's own credentials. */
export const signedClient = (
  env: Environment,
  settings: Pick<Settings, 'url' | 'timeoutMilliseconds' | 'service'>,
): SignedClient =>
  new SignedClient({
    region: required(env, 'AWS_REGION'),
    credentials: {
      accessKeyId: required(env, 'AWS_ACCESS_KEY_ID'),
      secretAccessKey: required(env, 'AWS_SECRET_ACCESS_KEY'),
      sessionToken: env.AWS_SESSION_TOKEN,
    },
    ...settings,
  });

const ProblemBody = z.object({ code: z.string(), detail: z._default(z.string(), '') });

/** The code and words of an answer that is a problem; empty where it is none of ours. */
export const problemIn = ({ body }: Answer): { readonly code: string; readonly detail: string } => {
  const problem = ProblemBody.safeParse(body);
  return problem.success ? problem.data : { code: '', detail: '' };
};
