import { AwsClient } from 'aws4fetch';
import * as z from 'zod/mini';
import { systemClock } from './clock.ts';
import { type Environment, required } from './environment.ts';
import { RetryLater } from './faults.ts';
import type { Instant } from './instant.ts';

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

const RETRIES_MAX = 2;

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
      retries: RETRIES_MAX,
    });
  }

  /** Throws RetryLater when no answer came, or one that says to come again. */
  async send(method: string, path: string, { correlationId, body, key, deadline }: Request): Promise<Answer> {
    const { url, service, timeoutMilliseconds } = this.#settings;
    const left = deadline === undefined ? timeoutMilliseconds : deadline - systemClock();
    if (left <= 0) throw new RetryLater(`there was no time left to ask ${service}`);
    let answer: Answer;
    try {
      const response = await this.#client.fetch(url + path, {
        method,
        headers: {
          'x-correlation-id': correlationId,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(key === undefined ? {} : { 'idempotency-key': key }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(Math.min(left, timeoutMilliseconds)),
      });
      answer = { status: response.status, body: await response.json() };
    } catch (cause) {
      throw new RetryLater(`${service} did not answer`, { cause });
    }
    if (answer.status === 429 || answer.status >= 500)
      throw new RetryLater(`${service} answered ${answer.status}`);
    return answer;
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
