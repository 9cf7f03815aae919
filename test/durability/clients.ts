import { setTimeout as delay } from 'node:timers/promises';
import { AwsClient } from 'aws4fetch';
import { DEVELOPER, region } from '../../local/account.ts';
import type { Chance } from '../simulator/chance.ts';
import type { Ledger } from './ledger.ts';
import type { Workers } from './workers.ts';

export const SKUS = Array.from({ length: 8 }, (_, number) => `account-${number + 1}`);
const PAUSE_MILLISECONDS_MAX = 100;
const REQUEST_MILLISECONDS_MAX = 15_000;
/** Far longer than a worker takes to be replaced. */
const TRIES_MAX = 400;

export type Answer = { readonly status: number; readonly body: Readonly<Record<string, unknown>> };

/** Asks any living worker, and the next one where no answer comes, until there is a final one. */
export class BankClient {
  readonly #workers: Workers;
  readonly #token: string;
  readonly #signer = new AwsClient({
    ...DEVELOPER,
    region: region(),
    service: 'execute-api',
    retries: 0,
  });
  readonly milliseconds: number[] = [];
  retries = 0;

  constructor(workers: Workers, token: string) {
    this.#workers = workers;
    this.#token = token;
  }

  async ask(
    route: string,
    chance: Chance,
    { body, key, isSigned = false }: { body?: object; key?: string; isSigned?: boolean } = {},
  ): Promise<Answer> {
    const [method = '', path = ''] = route.split(' ');
    const headers: Record<string, string> = {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(key === undefined ? {} : { 'idempotency-key': key }),
      ...(isSigned ? {} : { authorization: `Bearer ${this.#token}` }),
    };
    for (let tried = 1; tried <= TRIES_MAX; tried += 1) {
      const init = {
        method,
        headers,
        signal: AbortSignal.timeout(REQUEST_MILLISECONDS_MAX),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      };
      const startedAt = performance.now();
      try {
        const url = this.#workers.pick(chance) + path;
        const response = await (isSigned ? this.#signer.fetch(url, init) : fetch(url, init));
        const answer = (await response.json()) as Answer['body'];
        if (response.status < 500 && response.status !== 429) {
          this.milliseconds.push(performance.now() - startedAt);
          return { status: response.status, body: answer };
        }
      } catch {
        // The worker was killed, or is not there yet: nobody knows what it did.
      }
      this.retries += 1;
      await delay(chance.next() * PAUSE_MILLISECONDS_MAX);
    }
    throw new Error(`${route} had no final answer in ${TRIES_MAX} tries`);
  }
}

const expectOne = (answer: Answer, ...statuses: readonly number[]): void => {
  if (!statuses.includes(answer.status))
    throw new Error(`answered ${answer.status} ${JSON.stringify(answer.body)}`);
};

/** Units go from one sku to another: out of the one first, into the other then. */
export async function transfer(
  client: BankClient,
  ledger: Ledger,
  number: number,
  chance: Chance,
): Promise<void> {
  const from = chance.pick(SKUS);
  const to = chance.pick(SKUS.filter((sku) => sku !== from));
  const units = chance.whole(1, 5);
  const adjust = async (sku: string, delta: number, key: string): Promise<boolean> => {
    const answer = await client.ask(`POST /stock/${sku}/adjustments`, chance, {
      key,
      body: { delta, reason: 'other' },
    });
    expectOne(answer, 201, 409);
    if (answer.status === 409) ledger.refused.add(key);
    else ledger.acknowledged.set(key, { sku, delta });
    return answer.status === 201;
  };
  ledger.open(units);
  if (await adjust(from, -units, `out-${number}`)) await adjust(to, units, `in-${number}`);
  ledger.close(units);
}

/** Units of two skus are held, perhaps for longer, and let go. */
export async function hold(client: BankClient, number: number, chance: Chance): Promise<void> {
  const path = `/reservations/hold-${number}`;
  const first = chance.pick(SKUS);
  const second = chance.pick(SKUS.filter((sku) => sku !== first));
  const lines = [first, second].map((sku) => ({ sku, quantity: chance.whole(1, 2) }));
  const held = await client.ask(`PUT ${path}`, chance, {
    isSigned: true,
    body: { lines, holdSeconds: 3_000 },
  });
  expectOne(held, 200, 201, 409);
  if (held.status === 409) return;
  if (chance.happens(0.3)) {
    const longer = { isSigned: true, key: `longer-${number}`, body: { holdSeconds: 3_300 } };
    expectOne(await client.ask(`POST ${path}/extension`, chance, longer), 200);
  }
  expectOne(await client.ask(`DELETE ${path}`, chance, { isSigned: true }), 200);
}
