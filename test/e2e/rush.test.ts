import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { type Answer, alice, bob, call, type Problem, staff, stocked } from '../support/e2e/e2e.ts';

/** `RUSH_ORDERS=200` for more; two customers place them, with at most a hundred unpaid orders each. */
const ORDERS = Number(process.env.RUSH_ORDERS ?? 40);
const TRIES_MAX = 8;
const MILLISECONDS_PER_SECOND = 1_000;

type Placed = { readonly last: Answer<Problem>; readonly told: readonly (number | undefined)[] };
type Movements = { readonly items: readonly { readonly kind: string }[]; readonly cursor?: string };

/** Places an order. Retries 5xx with the same key: as late as Retry-After says, or after a second where it says nothing. */
async function place(sku: string, token: string): Promise<Placed> {
  const key = randomUUID();
  const told: (number | undefined)[] = [];
  for (;;) {
    const body = { lines: [{ sku, quantity: 1 }] };
    const last = await call('POST /orders', { token, key, body, retriesMax: 0 });
    if (last.status < 500 || told.length + 1 === TRIES_MAX) return { last, told };
    const retryAfter = last.headers.get('retry-after');
    if (last.status === 503 && last.body.code === 'RETRY_LATER') told.push(Number(retryAfter));
    else told.push(undefined);
    await delay((told.at(-1) ?? 1) * MILLISECONDS_PER_SECOND);
  }
}

async function holdsOf(sku: string): Promise<number> {
  let holds = 0;
  let cursor = '';
  do {
    const { body } = await call<Movements>(`GET /stock/${sku}/movements?limit=100${cursor}`, {
      token: staff(),
    });
    holds += body.items.filter(({ kind }) => kind === 'RESERVED').length;
    cursor = body.cursor === undefined ? '' : `&cursor=${body.cursor}`;
  } while (cursor !== '');
  return holds;
}

test('orders that are placed at once for one SKU all succeed, when clients retry as Retry-After says', async () => {
  const sku = await stocked('rush', ORDERS);

  const placed = await Promise.all(
    Array.from({ length: ORDERS }, (_, number) => place(sku, number % 2 === 0 ? alice() : bob())),
  );

  const retried = placed.filter(({ told }) => told.length > 0);
  const tries = Math.max(...placed.map(({ told }) => told.length + 1));
  console.info(
    `${ORDERS} orders at once: ${retried.length} were told to retry; at most ${tries} tries`,
  );
  expect(placed.map(({ last }) => last.status)).toEqual(placed.map(() => 201));
  const seconds = retried.flatMap(({ told }) => told.filter((one) => one !== undefined));
  expect(seconds.filter((one) => !(one >= 1 && one <= 3))).toEqual([]);
  // Holds of the end-to-end tests expire after seconds, so the balance may be free again; the movements stay.
  expect(await holdsOf(sku)).toBe(ORDERS);
});
