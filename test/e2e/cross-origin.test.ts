import { describe, expect, inject, test } from 'vitest';
import { alice, call, createStockedSku, postOrder } from '../support/e2e/e2e.ts';

const OTHER = 'https://other.example';
const allowed = inject('allowedOrigin');

const corsHeadersOf = (headers: Headers) =>
  Object.fromEntries([...headers].filter(([name]) => name.startsWith('access-control-')));
/** Sends the preflight request of a browser before a page of another origin places an order. */
const preflight = (origin: string, path = '/orders') =>
  fetch(`${inject('apiUrl')}${path}`, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type,idempotency-key',
    },
  });

describe.skipIf(allowed === undefined)('a page of an allowed origin', () => {
  const origin = allowed ?? '';
  const READABLE = {
    'access-control-allow-origin': origin,
    'access-control-expose-headers': 'etag,retry-after,www-authenticate,x-correlation-id',
  };

  test('may place an order: its preflight needs no token', async () => {
    const response = await preflight(origin);

    expect(response.status).toBe(204);
    expect(await response.text()).toBe('');
    expect(corsHeadersOf(response.headers)).toEqual({
      'access-control-allow-origin': origin,
      'access-control-allow-methods': 'GET,PATCH,POST,PUT',
      'access-control-allow-headers':
        'authorization,content-type,idempotency-key,if-none-match,x-correlation-id',
      'access-control-max-age': '3600',
    });
  });

  test('can read responses, and the errors of functions and of the gateway', async () => {
    const sku = await createStockedSku('tea', 1);
    const headers = { origin };
    const body = { lines: [{ sku, quantity: 1 }] };

    const placed = await call('POST /orders', { token: alice(), body, headers });
    const short = await call('POST /orders', { token: alice(), body, headers });
    const noToken = await call('GET /orders', { headers });
    const noRoute = await call('GET /nothing', { headers });

    expect([placed, short, noToken, noRoute].map(({ status }) => status)).toEqual([
      201, 409, 401, 404,
    ]);
    for (const response of [placed, short, noToken, noRoute])
      expect(corsHeadersOf(response.headers)).toEqual(READABLE);
  });
});

describe.skipIf(allowed === undefined)('a page of another origin', () => {
  test('is not allowed to send a request', async () => {
    const response = await preflight(OTHER);

    expect(corsHeadersOf(response.headers)).toEqual({});
  });

  test('cannot read a response', async () => {
    const response = await call('GET /health', { headers: { origin: OTHER } });

    expect(response.status).toBe(200);
    expect(corsHeadersOf(response.headers)).toEqual({});
  });
});

test.skipIf(allowed === undefined)(
  'a caller that is not a browser gets no CORS headers',
  async () => {
    const sku = await createStockedSku('tea', 1);

    expect(corsHeadersOf((await postOrder([{ sku, quantity: 1 }])).headers)).toEqual({});
  },
);
