import { AwsClient } from 'aws4fetch';
import * as z from 'zod/mini';
import { ReservationView, Shortage } from '../../contracts/inventory-api.ts';
import { RetryLater } from '../../shared/faults.ts';
import { accepted, type Result, refused } from '../../shared/result.ts';
import type { Hold, HoldRefusal, Inventory } from '../use-cases/ports.ts';

const REQUEST_TIMEOUT_MILLISECONDS = 4_000;
const RETRIES_MAX = 2;

const ProblemBody = z.object({
  code: z.string(),
  shortages: z.optional(z.array(Shortage)),
  skus: z.optional(z.array(z.string())),
});
type ProblemBody = z.infer<typeof ProblemBody>;
type Answer = { readonly status: number; readonly body: unknown };

export type Credentials = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
};

/** Inventory's HTTP API, signed with this function's own credentials (IAM, SigV4). */
export class HttpInventory implements Inventory {
  readonly #url: string;
  readonly #client: AwsClient;

  constructor(url: string, region: string, { accessKeyId, secretAccessKey, sessionToken }: Credentials) {
    this.#url = url;
    this.#client = new AwsClient({
      accessKeyId,
      secretAccessKey,
      ...(sessionToken === undefined ? {} : { sessionToken }),
      region,
      service: 'execute-api',
      retries: RETRIES_MAX,
    });
  }

  async reserve({ orderId, correlationId, lines, ttlSeconds }: Parameters<Inventory['reserve']>[0]) {
    const body = { lines, ttlSeconds, orderId };
    const answer = await this.#send('PUT', `/reservations/${orderId}`, correlationId, { body });
    return holdOf(answer) ?? refused(holdRefusalOf(answer));
  }

  async extend({ orderId, correlationId, ttlSeconds, key }: Parameters<Inventory['extend']>[0]) {
    const path = `/reservations/${orderId}/extension`;
    const answer = await this.#send('POST', path, correlationId, { body: { ttlSeconds }, key });
    const hold = holdOf(answer);
    if (hold !== undefined) return hold;
    const { code } = problemOf(answer);
    // Whatever keeps a hold from lasting, this order cannot be asked to pay.
    if (answer.status === 409 || code === 'NOT_FOUND')
      return refused({ kind: 'reservationExpired' } as const);
    throw unexpected(answer);
  }

  async release({ orderId, correlationId }: Parameters<Inventory['release']>[0]) {
    const answer = await this.#send('DELETE', `/reservations/${orderId}`, correlationId);
    if (answer.status === 200) return accepted(undefined);
    if (problemOf(answer).code === 'ALREADY_FULFILLED') return refused({ kind: 'fulfilled' } as const);
    throw unexpected(answer);
  }

  async #send(
    method: string,
    path: string,
    correlationId: string,
    { body, key }: { body?: unknown; key?: string } = {},
  ): Promise<Answer> {
    const headers = {
      'x-correlation-id': correlationId,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(key === undefined ? {} : { 'idempotency-key': key }),
    };
    let answer: Answer;
    try {
      const response = await this.#client.fetch(this.#url + path, {
        method,
        headers,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MILLISECONDS),
      });
      answer = { status: response.status, body: await response.json() };
    } catch (cause) {
      throw new RetryLater('inventory did not answer', { cause });
    }
    if (answer.status === 429 || answer.status >= 500)
      throw new RetryLater(`inventory answered ${answer.status}`);
    return answer;
  }
}

function holdOf({ status, body }: Answer): Result<Hold, never> | undefined {
  if (status !== 200 && status !== 201) return undefined;
  const reservation = ReservationView.parse(body);
  return accepted({ status: reservation.status, expiresAt: reservation.expiresAt ?? '' });
}

function holdRefusalOf(answer: Answer): HoldRefusal {
  const { code, shortages = [], skus = [] } = problemOf(answer);
  switch (code) {
    case 'INSUFFICIENT_STOCK':
      return { kind: 'insufficientStock', shortages };
    case 'UNKNOWN_SKU':
      return { kind: 'unknownSku', skus };
    case 'IDEMPOTENCY_KEY_REUSED':
      return { kind: 'keyReused' };
    case 'RESERVATION_RELEASED':
      return { kind: 'reservationExpired' };
    default:
      throw unexpected(answer);
  }
}

const problemOf = ({ body }: Answer): ProblemBody => {
  const problem = ProblemBody.safeParse(body);
  return problem.success ? problem.data : { code: '' };
};

const unexpected = ({ status, body }: Answer): Error =>
  new Error(`inventory answered ${status} ${problemOf({ status, body }).code}`);
