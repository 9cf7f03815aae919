import { describe, expect, inject, test } from 'vitest';
import {
  alice,
  call,
  createStockedSku,
  getStock,
  newSku,
  serviceSigner,
  staff,
} from '../support/e2e/e2e.ts';

const signer = serviceSigner();

describe('access', () => {
  test('/health needs no token', async () => {
    expect(await call('GET /health')).toMatchObject({
      status: 200,
      body: { status: 'ok', version: expect.any(String) },
    });
  });

  test.each([
    ['no token', undefined, 401],
    ['garbage', 'garbage', 401],
    ['a token of a customer', 'alice', 401],
    ['a token of staff', 'staff', 404],
  ])('a staff route with %s', async (_name, who, status) => {
    const token = who === 'alice' ? alice() : who === 'staff' ? staff() : who;

    const response = await call(
      `GET /stock/${newSku('nothing')}`,
      token === undefined ? {} : { token },
    );

    expect(response.status).toBe(status);
  });

  test('rejects a token that was changed by one character', async () => {
    const token = staff();
    const middle = Math.floor(token.length / 2);
    const changed =
      token.slice(0, middle) + (token[middle] === 'A' ? 'B' : 'A') + token.slice(middle + 1);

    expect((await call('GET /stock', { token: changed })).status).toBe(401);
  });

  test('rejects a token on a service route', async () => {
    const response = await call('PUT /reservations/res-1', {
      token: staff(),
      body: { lines: [{ sku: 'tea', quantity: 1 }] },
    });

    expect(response.status).toBe(403);
  });
});

describe.skipIf(signer === undefined)('the service routes, signed', () => {
  const send = async (
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ) => {
    if (signer === undefined) throw new Error('there is no key to sign with');
    const response = await signer.fetch(`${inject('apiUrl')}${path}`, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    // The test that sent the request asserts the content of the body.
    return {
      status: response.status,
      body: (await response.json()) as { readonly expiresAt?: string },
    };
  };

  test('reserve, read, extend and release as in the contract', async () => {
    const sku = await createStockedSku('tea', 5);
    const path = `/reservations/${newSku('res')}`;
    const body = { lines: [{ sku, quantity: 2 }], holdSeconds: 600 };

    const made = await send('PUT', path, body);
    const again = await send('PUT', path, body);
    const other = await send('PUT', path, { ...body, holdSeconds: 601 });
    const extended = await send(
      'POST',
      `${path}/extension`,
      { holdSeconds: 900 },
      { 'idempotency-key': 'k' },
    );
    const held = await getStock(sku);
    const released = await send('DELETE', path);
    const releasedAgain = await send('DELETE', path);

    expect(made).toMatchObject({
      status: 201,
      body: { status: 'HELD', lines: [{ sku, quantity: 2, locationId: 'main' }] },
    });
    expect(again).toEqual({ status: 200, body: made.body });
    expect(other).toMatchObject({ status: 422, body: { code: 'IDEMPOTENCY_KEY_REUSED' } });
    expect(Date.parse(extended.body.expiresAt ?? '')).toBeGreaterThan(
      Date.parse(made.body.expiresAt ?? ''),
    );
    expect(held).toMatchObject({ available: 3, held: 2 });
    expect(released).toMatchObject({ status: 200, body: { status: 'RELEASED' } });
    expect(releasedAgain).toEqual(released);
    expect(await getStock(sku)).toMatchObject({ available: 5, held: 0 });
  });

  test('return 404 for an unknown SKU or reservation and 409 for too little stock', async () => {
    const sku = await createStockedSku('tea', 1);
    const path = `/reservations/${newSku('res')}`;

    const unknown = await send('PUT', path, { lines: [{ sku: newSku('nothing'), quantity: 1 }] });
    const short = await send('PUT', path, { lines: [{ sku, quantity: 2 }] });
    const missing = await send('GET', path);

    expect(unknown).toMatchObject({ status: 404, body: { code: 'UNKNOWN_SKU' } });
    expect(short).toMatchObject({ status: 409, body: { code: 'INSUFFICIENT_STOCK' } });
    expect(missing).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
  });
});
