import { setTimeout as delay } from 'node:timers/promises';
import { AwsClient } from 'aws4fetch';
import { DEVELOPER_CREDENTIALS, region } from '../../local/account.ts';
import type { SeededRandom } from '../simulator/random.ts';
import type { OperationLog } from './operation-log.ts';
import type { WorkerPool } from './worker-pool.ts';

export const SKUS = Array.from({ length: 8 }, (_, number) => `sku-${number + 1}`);
const RETRY_DELAY_MILLISECONDS_MAX = 100;
const REQUEST_MILLISECONDS_MAX = 15_000;
/** Maximum attempts. They take far longer than the replacement of a worker. */
const ATTEMPTS_MAX = 400;

export type ClientResponse = {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
};

/**
 * Client that sends a request to a random worker, and to another one if there is no response, until
 * the response is final.
 */
export class RetryingClient {
  readonly #workers: WorkerPool;
  readonly #token: string;
  readonly #signer = new AwsClient({
    ...DEVELOPER_CREDENTIALS,
    region: region(),
    service: 'execute-api',
    retries: 0,
  });
  readonly milliseconds: number[] = [];
  retries = 0;

  constructor(workers: WorkerPool, token: string) {
    this.#workers = workers;
    this.#token = token;
  }

  async request(
    route: string,
    random: SeededRandom,
    { body, key, isSigned = false }: { body?: object; key?: string; isSigned?: boolean } = {},
  ): Promise<ClientResponse> {
    const [method = '', path = ''] = route.split(' ');
    const headers: Record<string, string> = {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(key === undefined ? {} : { 'idempotency-key': key }),
      ...(isSigned ? {} : { authorization: `Bearer ${this.#token}` }),
    };
    for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
      const init = {
        method,
        headers,
        signal: AbortSignal.timeout(REQUEST_MILLISECONDS_MAX),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      };
      const startedAt = performance.now();
      try {
        const url = this.#workers.pickUrl(random) + path;
        const response = await (isSigned ? this.#signer.fetch(url, init) : fetch(url, init));
        const responseBody = (await response.json()) as ClientResponse['body'];
        if (response.status < 500 && response.status !== 429) {
          this.milliseconds.push(performance.now() - startedAt);
          return { status: response.status, body: responseBody };
        }
      } catch {
        // The worker was killed or has not started, so the effect of the request is unknown.
      }
      this.retries += 1;
      await delay(random.next() * RETRY_DELAY_MILLISECONDS_MAX);
    }
    throw new Error(`${route} had no final response in ${ATTEMPTS_MAX} attempts.`);
  }
}

const expectStatus = (response: ClientResponse, ...statuses: readonly number[]): void => {
  if (!statuses.includes(response.status))
    throw new Error(`returned ${response.status} ${JSON.stringify(response.body)}`);
};

/** Transfers units with two adjustments: out of one SKU, then into another. */
export async function transferUnits(
  client: RetryingClient,
  log: OperationLog,
  number: number,
  random: SeededRandom,
): Promise<void> {
  const from = random.pick(SKUS);
  const to = random.pick(SKUS.filter((sku) => sku !== from));
  const units = random.nextInteger(1, 5);
  const adjust = async (sku: string, delta: number, key: string): Promise<boolean> => {
    const response = await client.request(`POST /stock/${sku}/adjustments`, random, {
      key,
      body: { delta, reason: 'other' },
    });
    expectStatus(response, 201, 409);
    if (response.status === 409) log.rejected.add(key);
    else log.acknowledged.set(key, { sku, delta });
    return response.status === 201;
  };
  log.beginTransfer(units);
  if (await adjust(from, -units, `out-${number}`)) await adjust(to, units, `in-${number}`);
  log.endTransfer(units);
}

/** Holds units of two SKUs, sometimes extends the hold, and releases them. */
export async function holdUnits(
  client: RetryingClient,
  number: number,
  random: SeededRandom,
): Promise<void> {
  const path = `/reservations/hold-${number}`;
  const first = random.pick(SKUS);
  const second = random.pick(SKUS.filter((sku) => sku !== first));
  const lines = [first, second].map((sku) => ({ sku, quantity: random.nextInteger(1, 2) }));
  const held = await client.request(`PUT ${path}`, random, {
    isSigned: true,
    body: { lines, holdSeconds: 3_000 },
  });
  expectStatus(held, 200, 201, 409);
  if (held.status === 409) return;
  if (random.nextBoolean(0.3)) {
    const longer = { isSigned: true, key: `longer-${number}`, body: { holdSeconds: 3_300 } };
    expectStatus(await client.request(`POST ${path}/extension`, random, longer), 200);
  }
  expectStatus(await client.request(`DELETE ${path}`, random, { isSigned: true }), 200);
}
