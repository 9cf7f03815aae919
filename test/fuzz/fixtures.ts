import type { Fixtures } from './requests.ts';
import type { Target } from './send.ts';

/**
 * Creates SKUs, products, a location, a reservation and orders of the fuzzed customer, so that
 * requests can name them.
 */
export async function createFixtures({ url, tokens }: Target): Promise<Fixtures> {
  const request = async (
    route: string,
    token: string,
    body: object,
    key = 'fixture',
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
    const responseBody = (await response.json()) as Readonly<Record<string, unknown>>;
    if (!response.ok)
      throw new Error(`${route} returned ${response.status} ${JSON.stringify(responseBody)}`);
    return responseBody;
  };
  const skus = ['fuzz-tea', 'fuzz-cup'];
  for (const sku of skus) {
    await request(`PUT /products/${sku}`, tokens.staff, {
      name: sku,
      unitPrice: { amount: 500, currency: 'EUR' },
    });
    await request(`PUT /stock/${sku}`, tokens.staff, { name: sku });
    await request(
      `POST /stock/${sku}/receipts`,
      tokens.staff,
      { quantity: 1_000 },
      `fixture-${sku}`,
    );
  }
  const locationIds = ['main', 'fuzz-store'];
  await request('PUT /locations/fuzz-store', tokens.staff, { name: 'Store', kind: 'store' });
  const orders = await Promise.all(
    skus.map((sku) =>
      request('POST /orders', tokens.customer, { lines: [{ sku, quantity: 1 }] }, `fixture-${sku}`),
    ),
  );
  return {
    skus,
    locationIds,
    ids: ['fuzz-reservation', ...orders.map(({ orderId }) => String(orderId))],
  };
}
