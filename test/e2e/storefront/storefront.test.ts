import { readFileSync } from 'node:fs';
import { describe, expect, inject, test } from 'vitest';
import { loadFactor } from '../../../local/load-factor.ts';
import {
  alice,
  call,
  createStockedSku,
  expectStatus,
  newSku,
  placeOrder,
  staff,
  waitUntil,
} from '../../support/e2e/e2e.ts';

const CACHE_CONTROL = 'public, max-age=5, stale-while-revalidate=30';
const origin = inject('allowedOrigin');

type Item = { readonly sku: string; readonly level: string };
type View = { readonly asOf: string; readonly items: readonly Item[] };

const read = (skus: readonly string[], headers: Readonly<Record<string, string>> = {}) =>
  call<View>(`GET /shop/availability?skus=${skus.join(',')}`, { headers });
const cachingHeadersOf = (headers: Headers) =>
  Object.fromEntries(
    ['cache-control', 'etag', 'vary'].map((name) => [name, headers.get(name)] as const),
  );

describe.runIf(inject('hasStorefront'))('the storefront', () => {
  test('shows a SKU without units, and one that does not exist, as out', async () => {
    const sku = await createStockedSku('empty', 0);
    const unknown = newSku('unknown');

    const { body, headers } = expectStatus(200, await read([unknown, sku, unknown]));

    expect(body).toEqual({
      asOf: expect.any(String),
      items: [sku, unknown].sort().map((one) => ({ sku: one, level: 'out' })),
    });
    expect(cachingHeadersOf(headers)).toEqual({
      'cache-control': CACHE_CONTROL,
      etag: expect.stringMatching(/^W\/"[\w-]+"$/),
      vary: 'Origin',
    });
  });

  test('returns 304 without a body and with the same caching headers for its own ETag', async () => {
    const skus = [newSku('one'), newSku('two')];
    const first = await read(skus);
    const etag = first.headers.get('etag') ?? '';

    const same = await fetch(
      `${inject('apiUrl')}/shop/availability?skus=${skus.toReversed().join(',')}`,
      { headers: { 'if-none-match': etag } },
    );
    const other = await read(skus, { 'if-none-match': 'W/"other"' });

    expect(same.status).toBe(304);
    expect(await same.text()).toBe('');
    expect(cachingHeadersOf(same.headers)).toEqual(cachingHeadersOf(first.headers));
    expect(other.status).toBe(200);
  });

  test.each([
    ['no SKU', '', 'query.skus'],
    ['an empty SKU', '?skus=tea,,cup', 'query.skus.1'],
    ['an invalid SKU', '?skus=tea,a%20b', 'query.skus.1'],
    ['51 SKUs', `?skus=${Array.from({ length: 51 }, (_, index) => `sku-${index}`)}`, 'query.skus'],
    ['another parameter', '?skus=tea&page=1', 'query.page'],
  ])('rejects %s, and no cache keeps the response', async (_case, query, path) => {
    const { status, body, headers } = await call(`GET /shop/availability${query}`);

    expect(status).toBe(400);
    expect(body).toMatchObject({ code: 'VALIDATION_FAILED', errors: [{ path }] });
    expect(headers.get('cache-control')).toBe('no-store');
  });

  test('accepts 50 SKUs, also as repeated parameters', async () => {
    const skus = Array.from({ length: 50 }, () => newSku('sku'));

    const joined = expectStatus(200, await read(skus));
    const repeated = expectStatus(
      200,
      await call<View>(`GET /shop/availability?${skus.map((sku) => `skus=${sku}`).join('&')}`),
    );

    expect(joined.body.items.map(({ sku }) => sku)).toEqual(skus.toSorted());
    expect(repeated.headers.get('etag')).toBe(joined.headers.get('etag'));
  });

  test('ignores a token', async () => {
    const sku = newSku('tea');

    const response = await call<View>(`GET /shop/availability?skus=${sku}`, { token: alice() });

    expect(expectStatus(200, response).body.items).toEqual([{ sku, level: 'out' }]);
  });

  test.skipIf(origin === undefined)('can be read by a page of an allowed origin', async () => {
    const sku = newSku('tea');
    const first = await read([sku], { origin: origin ?? '' });
    const etag = first.headers.get('etag') ?? '';
    const again = await fetch(`${inject('apiUrl')}/shop/availability?skus=${sku}`, {
      headers: { origin: origin ?? '', 'if-none-match': etag },
    });
    const foreign = await read([sku], { origin: 'https://other.example' });

    expect(again.status).toBe(304);
    for (const { headers } of [first, again]) {
      expect(headers.get('access-control-allow-origin')).toBe(origin);
      expect(headers.get('access-control-expose-headers')).toContain('etag');
    }
    expect(foreign.headers.get('access-control-allow-origin')).toBeNull();
  });
});

/** A level rises in a look, which a schedule starts each minute. A new location needs a sweep. */
const LEVELS_SECONDS_MAX = 150;
const POLL_MILLISECONDS = 1_000;

describe.runIf(inject('hasStorefront'))('the level of a SKU', () => {
  test('rises after its units arrive, and falls at once when they are held; pickup locations are listed', {
    timeout: 2 * LEVELS_SECONDS_MAX * 1_000 * loadFactor(),
  }, async () => {
    const sku = await createStockedSku('level', 2);
    const shop = newSku('shop');
    const location = { name: 'Shop', kind: 'store', ships: false, pickup: true };
    await call(`PUT /locations/${shop}`, { token: staff(), body: location });
    await call(`POST /stock/${sku}/receipts`, {
      token: staff(),
      body: { quantity: 1, locationId: shop },
    });
    const itemOf = async () => expectStatus(200, await read([sku])).body.items[0];

    const risen = await waitUntil(
      itemOf,
      (item) => item?.level === 'in' && 'pickup' in item,
      POLL_MILLISECONDS,
      LEVELS_SECONDS_MAX,
    );
    await placeOrder(sku, 2);
    const fallen = await waitUntil(itemOf, (item) => item?.level === 'out');

    expect(risen).toEqual({ sku, level: 'in', pickup: [shop] });
    expect(fallen).toEqual({ sku, level: 'out', pickup: [shop] });
  });
});

type ReadLevels = (api: string, skus: readonly string[]) => Promise<ReadonlyMap<string, Item>>;

const examples = [
  ...readFileSync('docs/STOREFRONT.md', 'utf8').matchAll(/^```js\n([\s\S]*?)^```$/gm),
].map(([, source = '']) => source);

describe.runIf(inject('hasStorefront'))('each example of docs/STOREFRONT.md', () => {
  test('is run by the tests below', () => {
    expect(examples).toHaveLength(2);
  });

  test.each(examples)('returns the levels by SKU, and throws for an error: %#', async (source) => {
    // The examples run as they are in the document.
    const { readLevels } = (await import(`data:text/javascript,${encodeURIComponent(source)}`)) as {
      readonly readLevels: ReadLevels;
    };
    const skus = [newSku('tea'), newSku('cup')];

    const first = await readLevels(inject('apiUrl'), skus);
    const again = await readLevels(inject('apiUrl'), skus);

    expect(first).toEqual(new Map(skus.map((sku) => [sku, { sku, level: 'out' }])));
    expect(again).toEqual(first);
    await expect(readLevels(inject('apiUrl'), ['not valid'])).rejects.toThrow('HTTP 400');
  });
});
