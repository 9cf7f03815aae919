import type { Fixtures } from './requests.ts';
import type { Target } from './send.ts';

/**
 * Creates SKUs, products, a reservation and orders of the fuzzed customer, so that requests can
 * name them.
 */
export async function createFixtures({ url, tokens }: Target): Promise<Fixtures> {
  const ask = async (
    route: string,
    token: string,
    body: object,
    key = 'things',
  ): Promise<Readonly<Record<string, unknown>>> => {
    const [method = '', path = ''] = route.split(' ');
    const response = await fetch(url + path, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'idempotency-key': key,
      },
      body: JSON.stringify(body),
    });
    const answer = (await response.json()) as Readonly<Record<string, unknown>>;
    if (!response.ok)
      throw new Error(`${route} was answered ${response.status} ${JSON.stringify(answer)}`);
    return answer;
  };
  const skus = ['fuzz-tea', 'fuzz-cup'];
  for (const sku of skus) {
    await ask(`PUT /products/${sku}`, tokens.staff, {
      name: sku,
      unitPrice: { amount: 500, currency: 'EUR' },
    });
    await ask(`PUT /stock/${sku}`, tokens.staff, { name: sku });
    await ask(`POST /stock/${sku}/receipts`, tokens.staff, { quantity: 1_000 }, `fixture-${sku}`);
  }
  const orders = await Promise.all(
    skus.map((sku) =>
      ask('POST /orders', tokens.customer, { lines: [{ sku, quantity: 1 }] }, `fixture-${sku}`),
    ),
  );
  return { skus, ids: ['fuzz-reservation', ...orders.map(({ orderId }) => String(orderId))] };
}
