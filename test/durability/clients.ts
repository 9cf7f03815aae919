import { setTimeout as delay } from 'node:timers/promises';
import { AwsClient } from 'aws4fetch';
import { DEVELOPER_CREDENTIALS, region } from '../../local/account.ts';
import type { SeededRandom } from '../simulator/random.ts';
import type { OperationLog } from './operation-log.ts';
import type { WorkerPool } from './worker-pool.ts';

export const SKUS = Array.from({ length: 8 }, (_, number) => `sku-${number + 1}`);
const RETRY_DELAY_MILLISECONDS_MAX = 100;
const REQUEST_MILLISECONDS_MAX = 15_000;
/** Maximum number of attempts: far longer than the replacement of a worker takes. */
const ATTEMPTS_MAX = 400;

export type ClientResponse = {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
};

/**
 * Sends a request to any living worker, and to the next one if there is no response, until a
 * response is final.
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
        const answer = (await response.json()) as ClientResponse['body'];
        if (response.status < 500 && response.status !== 429) {
          this.milliseconds.push(performance.now() - startedAt);
          return { status: response.status, body: answer };
        }
      } catch {
        // The worker was killed, or has not started: its effect is unknown.
      }
      this.retries += 1;
      await delay(random.next() * RETRY_DELAY_MILLISECONDS_MAX);
    }
    throw new Error(`${route} had no final answer in ${ATTEMPTS_MAX} attempts`);
  }
}

const expectStatus = (answer: ClientResponse, ...statuses: readonly number[]): void => {
  if (!statuses.includes(answer.status))
    throw new Error(`answered ${answer.status} ${JSON.stringify(answer.body)}`);
};

/** Transfers units from one SKU to another: out of the first, then into the second. */
export async function transferUnits(
  client: RetryingClient,
  ledger: OperationLog,
  number: number,
  random: SeededRandom,
): Promise<void> {
  const from = random.pick(SKUS);
  const to = random.pick(SKUS.filter((sku) => sku !== from));
  const units = random.nextInteger(1, 5);
  const adjust = async (sku: string, delta: number, key: string): Promise<boolean> => {
    const answer = await client.request(`POST /stock/${sku}/adjustments`, random, {
      key,
      body: { delta, reason: 'other' },
    });
    expectStatus(answer, 201, 409);
    if (answer.status === 409) ledger.rejected.add(key);
    else ledger.acknowledged.set(key, { sku, delta });
    return answer.status === 201;
  };
  ledger.beginTransfer(units);
  if (await adjust(from, -units, `out-${number}`)) await adjust(to, units, `in-${number}`);
  ledger.endTransfer(units);
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
