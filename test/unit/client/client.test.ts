import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import {
  createClient,
  hasCode,
  type Identity,
  isEvent,
  StockbookError,
  unwrap,
} from '../../../client/src/index.ts';

const URL_OF_API = 'https://api.example';
const QUICK = { backoffMilliseconds: 0 };

type Responder = (request: Request) => Response | Promise<Response>;

/** Returns a client whose requests get these responses in turn, and the requests that it sent. */
function clientWith(responders: readonly Responder[], identity?: Identity) {
  const sent: Request[] = [];
  const bodies: string[] = [];
  const client = createClient({
    url: `${URL_OF_API}/`,
    ...(identity === undefined ? {} : { identity }),
    retry: QUICK,
    fetch: async (request) => {
      sent.push(request);
      bodies.push(await request.clone().text());
      const respond = responders[sent.length - 1];
      if (respond === undefined) throw new Error(`There is no response number ${sent.length}.`);
      return respond(request);
    },
  });
  return { client, sent, bodies };
}

const json =
  (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Responder =>
  () =>
    Response.json(body, { status, headers });
const problem = (status: number, code: string, fields: object = {}): Responder =>
  json(status, { type: 'about:blank', title: '', status, code, detail: 'Why.', ...fields });
const busy = problem(503, 'RETRY_LATER');
const lost: Responder = () => {
  throw new TypeError('fetch failed');
};

const ORDER = { body: { lines: [{ sku: 'tea', quantity: 1 }] } };

test('sends the path, the query, the body and the token of the caller', async () => {
  const { client, sent, bodies } = clientWith(
    [json(200, { items: [] }), json(201, { orderId: 'ord_1' })],
    { token: () => 'secret' },
  );

  await client.GET('/stock/{sku}/movements', {
    params: { path: { sku: 'a.b' }, query: { limit: 5 } },
  });
  const { data } = await client.POST('/orders', ORDER);

  expect(sent.map(({ method, url }) => `${method} ${url}`)).toEqual([
    `GET ${URL_OF_API}/stock/a.b/movements?limit=5`,
    `POST ${URL_OF_API}/orders`,
  ]);
  expect(sent.map(({ headers }) => headers.get('authorization'))).toEqual([
    'Bearer secret',
    'Bearer secret',
  ]);
  expect(bodies[1]).toBe(JSON.stringify(ORDER.body));
  expect(data?.orderId).toBe('ord_1');
});

test('repeats a request with its key after 503, 429, 502 and a lost connection', async () => {
  const { client, sent, bodies } = clientWith([
    busy,
    problem(429, 'TOO_MANY_HOLDS'),
    lost,
    json(502, { message: 'Internal Server Error' }),
    json(201, { orderId: 'ord_1' }),
  ]);

  const order = unwrap(await client.POST('/orders', ORDER));

  expect(order.orderId).toBe('ord_1');
  const keys = sent.map(({ headers }) => headers.get('idempotency-key'));
  expect(keys).toHaveLength(5);
  expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
  expect(new Set(keys).size).toBe(1);
  expect(new Set(bodies)).toEqual(new Set([JSON.stringify(ORDER.body)]));
});

test('gives each request a key, and keeps the one that the caller gives', async () => {
  const { client, sent } = clientWith([json(201, {}), json(201, {}), json(201, {})]);

  await client.POST('/orders', ORDER);
  await client.POST('/orders', ORDER);
  await client.POST('/orders', {
    ...ORDER,
    params: { header: { 'Idempotency-Key': 'basket-7' } },
  });

  const [first, second, third] = sent.map(({ headers }) => headers.get('idempotency-key'));
  expect(first).not.toBe(second);
  expect(third).toBe('basket-7');
});

test('waits for the seconds in Retry-After', async () => {
  const { client } = clientWith([
    json(503, { code: 'RETRY_LATER' }, { 'retry-after': '1' }),
    json(200, {}),
  ]);
  const startedAt = performance.now();

  await client.GET('/health');

  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(990);
});

test('returns a response that asks for more than a minute, without a wait', async () => {
  const { client, sent } = clientWith([
    json(429, { code: 'TOO_MANY_HOLDS' }, { 'retry-after': '61' }),
  ]);

  const { response } = await client.GET('/health');

  expect(response.status).toBe(429);
  expect(sent).toHaveLength(1);
});

test('returns the problem of the last of five attempts', async () => {
  const { client, sent } = clientWith([busy, busy, busy, busy, busy]);

  const { error } = await client.POST('/orders', ORDER);

  expect(hasCode(error, 'RETRY_LATER')).toBe(true);
  expect(sent).toHaveLength(5);
});

test('throws the error of the last attempt when none had a response', async () => {
  const { client, sent } = clientWith([lost, lost, lost, lost, lost]);

  await expect(client.GET('/health')).rejects.toThrow('fetch failed');
  expect(sent).toHaveLength(5);
});

test('stops when the caller aborts, also during a wait', async () => {
  const { client, sent } = clientWith([
    json(503, { code: 'RETRY_LATER' }, { 'retry-after': '30' }),
  ]);
  const stopping = new AbortController();

  const request = client.GET('/health', { signal: stopping.signal });
  await delay(20);
  stopping.abort(new Error('the page was closed'));

  await expect(request).rejects.toThrow('the page was closed');
  expect(sent).toHaveLength(1);
});

test('does not repeat a rejection, and gives its problem by code', async () => {
  const shortages = [{ sku: 'tea', requested: 1, available: 0 }];
  const { client, sent } = clientWith([problem(409, 'INSUFFICIENT_STOCK', { shortages })]);

  const { error } = await client.POST('/orders', ORDER);

  expect(hasCode(error, 'INSUFFICIENT_STOCK') && error.shortages).toEqual(shortages);
  expect(hasCode(error, 'UNKNOWN_SKU')).toBe(false);
  expect(sent).toHaveLength(1);
});

test('unwrap throws the problem, or the status of a rejection by API Gateway', async () => {
  const { client } = clientWith([
    problem(400, 'VALIDATION_FAILED', { errors: [{ path: 'lines', message: 'is required' }] }),
    json(401, { message: 'Unauthorized' }),
  ]);

  const rejected = client.POST('/orders', ORDER).then(unwrap);
  await expect(rejected).rejects.toThrow(StockbookError);
  await expect(rejected).rejects.toMatchObject({
    status: 400,
    code: 'VALIDATION_FAILED',
    message: 'VALIDATION_FAILED: lines: is required',
  });
  await expect(client.POST('/orders', ORDER).then(unwrap)).rejects.toMatchObject({
    status: 401,
    code: undefined,
    message: 'The API returned 401: Unauthorized',
  });
});

test('iterates over the items of all pages', async () => {
  const { client, sent } = clientWith([
    json(200, { items: [{ sku: 'a' }, { sku: 'b' }], cursor: 'next' }),
    json(200, { items: [], cursor: 'last' }),
    json(200, { items: [{ sku: 'c' }] }),
  ]);
  const skus: string[] = [];

  for await (const { sku } of client.items('/stock', { query: { limit: 2 } })) skus.push(sku);

  expect(skus).toEqual(['a', 'b', 'c']);
  expect(sent.map(({ url }) => new URL(url).search)).toEqual([
    '?limit=2',
    '?limit=2&cursor=next',
    '?limit=2&cursor=last',
  ]);
});

test('throws from an iteration whose page is rejected', async () => {
  const { client } = clientWith([problem(400, 'VALIDATION_FAILED')]);

  await expect(client.items('/stock').next()).rejects.toThrow('VALIDATION_FAILED: Why.');
});

test('signs each attempt of a service with its current credentials', async () => {
  let renewals = 0;
  const { client, sent, bodies } = clientWith([busy, json(201, { reservationId: 'cart-1' })], {
    region: 'eu-central-1',
    credentials: () => {
      renewals += 1;
      return {
        accessKeyId: `AKIA${renewals}`,
        secretAccessKey: 'secret',
        sessionToken: `session-${renewals}`,
      };
    },
  });

  await client.PUT('/reservations/{reservationId}', {
    params: { path: { reservationId: 'cart-1' } },
    body: { lines: [{ sku: 'tea', quantity: 1 }], holdSeconds: 600 },
  });

  expect(sent.map(({ headers }) => headers.get('authorization'))).toEqual([
    expect.stringMatching(
      /^AWS4-HMAC-SHA256 Credential=AKIA1\/\d{8}\/eu-central-1\/execute-api\/aws4_request, /,
    ),
    expect.stringMatching(/Credential=AKIA2\//),
  ]);
  expect(sent[1]?.headers.get('x-amz-security-token')).toBe('session-2');
  expect(bodies[1]).toBe('{"lines":[{"sku":"tea","quantity":1}],"holdSeconds":600}');
});

test('recognizes an event of the bus by its source and name', () => {
  const event: object = {
    source: 'stockbook.orders',
    'detail-type': 'OrderCompleted',
    detail: { data: { orderId: 'ord_1' } },
  };

  expect(isEvent('OrderCompleted', event) && event.detail.data.orderId).toBe('ord_1');
  expect(isEvent('OrderPlaced', event)).toBe(false);
  expect(isEvent('OrderCompleted', { ...event, source: 'another.shop' })).toBe(false);
  expect(isEvent('OrderCompleted', {})).toBe(false);
});
