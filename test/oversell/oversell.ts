import { setTimeout as delay } from 'node:timers/promises';

export type OversellOptions = {
  readonly url: string;
  readonly staffToken: string;
  /** Tokens of the buyers, used in rotation. */
  readonly customerTokens: readonly string[];
  /** A SKU that does not exist yet. */
  readonly sku: string;
  readonly buyers: number;
  readonly units: number;
  readonly onProgress?: () => void;
};
export type OversellReport = {
  readonly buyers: number;
  readonly units: number;
  readonly held: number;
  readonly rejected: number;
  /** Number of 503 responses with Retry-After, which were retried with the same key. */
  readonly shed: number;
  readonly p50ms: number;
  readonly p99ms: number;
  readonly seconds: number;
  readonly violations: readonly string[];
};

const CONCURRENCY = 64;
const MILLISECONDS_PER_SECOND = 1_000;

/**
 * Lets more buyers than units order one unit each. Each unit must be held once, and no buyer may be
 * rejected while a unit is left.
 */
export async function runOversellTest({
  url,
  staffToken,
  customerTokens,
  sku,
  buyers,
  units,
  onProgress,
}: OversellOptions): Promise<OversellReport> {
  const send = async (route: string, token: string, body?: object, key?: string) => {
    const [method = '', target = ''] = route.split(' ');
    return fetch(url + target, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(key === undefined ? {} : { 'idempotency-key': key }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  };
  const unitPrice = { amount: 500, currency: 'EUR' };
  await send(`PUT /products/${sku}`, staffToken, { name: sku, unitPrice });
  await send(
    `POST /stock/${sku}/receipts`,
    staffToken,
    { quantity: units, createSku: true },
    `oversell-${sku}`,
  );

  const counts = { held: 0, rejected: 0, shed: 0 };
  const violations: string[] = [];
  const milliseconds: number[] = [];
  const buy = async (buyer: number): Promise<void> => {
    const token = customerTokens[buyer % customerTokens.length] ?? '';
    for (;;) {
      const startedAt = performance.now();
      const response = await send(
        'POST /orders',
        token,
        { lines: [{ sku, quantity: 1 }] },
        `${sku}-${buyer}`,
      );
      const body = (await response.json()) as { readonly code?: string };
      milliseconds.push(performance.now() - startedAt);
      const retryAfter = response.headers.get('retry-after');
      if (response.status === 503 && retryAfter !== null) {
        counts.shed += 1;
        await delay(Number(retryAfter) * MILLISECONDS_PER_SECOND);
        continue;
      }
      if (response.status === 201) counts.held += 1;
      else if (response.status === 409 && body.code === 'INSUFFICIENT_STOCK') counts.rejected += 1;
      else violations.push(`buyer ${buyer} received ${response.status} ${JSON.stringify(body)}`);
      onProgress?.();
      return;
    }
  };
  const startedAt = performance.now();
  let next = 0;
  await Promise.all(
    Array.from({ length: Math.min(CONCURRENCY, buyers) }, async () => {
      while (next < buyers) {
        next += 1;
        await buy(next);
      }
    }),
  );
  const seconds = Math.round((performance.now() - startedAt) / 100) / 10;
  const { onHand, available, held } = (await (
    await send(`GET /stock/${sku}`, staffToken)
  ).json()) as Readonly<Record<string, number>>;
  const wanted = Math.min(buyers, units);
  if (counts.held !== wanted) violations.push(`${counts.held} buyers hold a unit, not ${wanted}`);
  if (onHand !== units || held !== wanted || available !== units - wanted)
    violations.push(`the final stock is wrong: ${JSON.stringify({ onHand, available, held })}`);
  const sorted = milliseconds.toSorted((one, other) => one - other);
  const percentile = (share: number): number =>
    Math.round(sorted[Math.floor(sorted.length * share)] ?? 0);
  return {
    buyers,
    units,
    ...counts,
    p50ms: percentile(0.5),
    p99ms: percentile(0.99),
    seconds,
    violations,
  };
}
