import { describe, expect, test } from 'vitest';
import { type Cors, preflightResponse, withCorsHeaders } from '../../../../local/api/cors.ts';

const SHOP = 'https://shop.example';
const CORS: Cors = {
  AllowOrigins: ['http://localhost:5173', SHOP],
  AllowMethods: ['GET', 'POST'],
  AllowHeaders: ['authorization', 'content-type'],
  ExposeHeaders: ['retry-after', 'x-correlation-id'],
  MaxAge: 3_600,
};
const corsRequest = (method: string, headers: Record<string, string> = {}) => ({ method, headers });
const preflight = (origin: string) =>
  corsRequest('OPTIONS', { origin, 'access-control-request-method': 'POST' });
const corsHeadersOf = (response: Response | undefined) =>
  Object.fromEntries(
    [...(response?.headers ?? [])].filter(([name]) => name.startsWith('access-control-')),
  );

describe('a preflight request', () => {
  test('gets the methods and headers that its origin may use', () => {
    const response = preflightResponse(CORS, preflight(SHOP));

    expect(response?.status).toBe(204);
    expect(response?.body).toBeNull();
    expect(corsHeadersOf(response)).toEqual({
      'access-control-allow-origin': SHOP,
      'access-control-allow-methods': 'GET,POST',
      'access-control-allow-headers': 'authorization,content-type',
      'access-control-max-age': '3600',
    });
  });

  test.each([
    'https://other.example',
    'https://shop.example.attacker.example',
    'https://shop.example:8443',
    'http://shop.example',
    'https://SHOP.example',
    'null',
  ])('of %s, which is not allowed, gets no CORS headers', (origin) => {
    const response = preflightResponse(CORS, preflight(origin));

    expect(response?.status).toBe(204);
    expect(corsHeadersOf(response)).toEqual({});
  });

  test.each([
    [
      'another method',
      corsRequest('GET', { origin: SHOP, 'access-control-request-method': 'GET' }),
    ],
    ['no origin', corsRequest('OPTIONS', { 'access-control-request-method': 'GET' })],
    ['no method that is asked for', corsRequest('OPTIONS', { origin: SHOP })],
  ])('is none with %s', (_what, request) => {
    expect(preflightResponse(CORS, request)).toBeUndefined();
  });
});

describe('a response', () => {
  const ofFunction = () =>
    new Response('{"a":1}', {
      status: 201,
      headers: {
        'content-type': 'application/json',
        'x-own': 'yes',
        'access-control-allow-origin': '*',
        'access-control-allow-credentials': 'true',
      },
    });

  test('to an allowed origin has the configured headers instead of the function’s own', async () => {
    const response = withCorsHeaders(CORS, corsRequest('POST', { origin: SHOP }), ofFunction());

    expect(response.status).toBe(201);
    expect(await response.text()).toBe('{"a":1}');
    expect(response.headers.get('x-own')).toBe('yes');
    expect(corsHeadersOf(response)).toEqual({
      'access-control-allow-origin': SHOP,
      'access-control-expose-headers': 'retry-after,x-correlation-id',
    });
  });

  test.each([
    ['to another origin', { origin: 'https://other.example' }],
    ['to no origin', {}],
  ])('%s has no CORS headers', (_to, headers) => {
    expect(
      corsHeadersOf(withCorsHeaders(CORS, corsRequest('POST', headers), ofFunction())),
    ).toEqual({});
  });

  test('without a body stays without one', () => {
    const response = withCorsHeaders(
      CORS,
      corsRequest('POST', { origin: SHOP }),
      new Response(null, { status: 204 }),
    );

    expect(response.status).toBe(204);
    expect(response.body).toBeNull();
  });
});
