import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import {
  type ApiResponse,
  alice,
  bob,
  call,
  createStockedSku,
  type Problem,
  staff,
} from '../support/e2e/e2e.ts';

/**
 * Number of concurrent orders. `CONTENTION_ORDERS=200` places more; two customers place them, with
 * at most a hundred unpaid orders each.
 */
const ORDERS = Number(process.env.CONTENTION_ORDERS ?? 40);
const ATTEMPTS_MAX = 8;
const MILLISECONDS_PER_SECOND = 1_000;

type PlacementResult = {
  readonly response: ApiResponse<Problem>;
  readonly retryAfters: readonly (number | undefined)[];
};
type Movements = { readonly items: readonly { readonly kind: string }[]; readonly cursor?: string };

/** Places an order. Retries 5xx with the same key, after Retry-After or else after a second. */
async function placeOrderWithRetries(sku: string, token: string): Promise<PlacementResult> {
  const key = randomUUID();
  const retryAfters: (number | undefined)[] = [];
  for (;;) {
    const body = { lines: [{ sku, quantity: 1 }] };
    const response = await call('POST /orders', { token, key, body, retriesMax: 0 });
    if (response.status < 500 || retryAfters.length + 1 === ATTEMPTS_MAX)
      return { response, retryAfters };
    const retryAfter = response.headers.get('retry-after');
    if (response.status === 503 && response.body.code === 'RETRY_LATER')
      retryAfters.push(Number(retryAfter));
    else retryAfters.push(undefined);
    await delay((retryAfters.at(-1) ?? 1) * MILLISECONDS_PER_SECOND);
  }
}

async function countHolds(sku: string): Promise<number> {
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

test('concurrent orders for one SKU all succeed when clients retry after Retry-After', async () => {
  const sku = await createStockedSku('rush', ORDERS);

  const placed = await Promise.all(
    Array.from({ length: ORDERS }, (_, number) =>
      placeOrderWithRetries(sku, number % 2 === 0 ? alice() : bob()),
    ),
  );

  const retried = placed.filter(({ retryAfters }) => retryAfters.length > 0);
  const attempts = Math.max(...placed.map(({ retryAfters }) => retryAfters.length + 1));
  console.info(
    `${ORDERS} orders at once: ${retried.length} were told to retry; at most ${attempts} attempts`,
  );
  expect(placed.map(({ response }) => response.status)).toEqual(placed.map(() => 201));
  const seconds = retried.flatMap(({ retryAfters }) =>
    retryAfters.filter((one) => one !== undefined),
  );
  expect(seconds.filter((one) => !(one >= 1 && one <= 3))).toEqual([]);
  // Holds of the end-to-end tests expire after seconds, so the balance may be free again. The
  // movements stay.
  expect(await countHolds(sku)).toBe(ORDERS);
});
