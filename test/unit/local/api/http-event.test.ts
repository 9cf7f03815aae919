import { describe, expect, test } from 'vitest';
import { type HttpRequest, toHttpEvent, toResponse } from '../../../../local/api/http-event.ts';
import { parseRouteKey } from '../../../../local/api/routes.ts';

const MATCH = {
  route: {
    ...parseRouteKey('POST /stock/{sku}'),
    access: { kind: 'none' },
    functionArn: 'arn',
    timeoutMilliseconds: 1_000,
  },
  pathParameters: { sku: 'a b' },
} as const;

const eventOf = (over: Partial<HttpRequest> = {}) =>
  toHttpEvent(
    {
      method: 'POST',
      target: '/stock/a%20b?x=1&y=2&x=3%264',
      headers: { host: '127.0.0.1:3000', 'content-type': 'application/json', cookie: 'a=1; b=2' },
      body: new TextEncoder().encode('{"ä":1}'),
      sourceIp: '127.0.0.1',
      ...over,
    },
    MATCH,
    'api',
    undefined,
  );

describe('an event of payload format 2.0', () => {
  test('has the fields of the request', () => {
    expect(eventOf()).toMatchObject({
      version: '2.0',
      routeKey: 'POST /stock/{sku}',
      rawPath: '/stock/a b',
      rawQueryString: 'x=1&y=2&x=3%264',
      queryStringParameters: { x: '1,3&4', y: '2' },
      pathParameters: { sku: 'a b' },
      cookies: ['a=1', 'b=2'],
      headers: { host: '127.0.0.1:3000', 'content-type': 'application/json' },
      body: '{"ä":1}',
      isBase64Encoded: false,
      requestContext: { stage: '$default', http: { method: 'POST', path: '/stock/a b' } },
    });
  });

  test('omits what is absent', () => {
    const { body, queryStringParameters, isBase64Encoded } = eventOf({
      target: '/stock/a',
      body: new Uint8Array(),
    });

    expect({ body, queryStringParameters, isBase64Encoded }).toEqual({ isBase64Encoded: false });
  });

  test.each(['application/octet-stream', 'image/png', undefined])(
    'encodes a body of type %s in base64',
    (type) => {
      const headers: Record<string, string> = type === undefined ? {} : { 'content-type': type };

      expect(eventOf({ headers, body: new Uint8Array([255, 0]) })).toMatchObject({
        body: '/wA=',
        isBase64Encoded: true,
      });
    },
  );

  test.each([
    'text/plain',
    'application/problem+json; charset=utf-8',
    'application/x-www-form-urlencoded',
  ])('a body of type %s is text', (type) => {
    expect(eventOf({ headers: { 'content-type': type } }).isBase64Encoded).toBe(false);
  });

  test('has its time in the common log format', () => {
    expect(eventOf().requestContext.time).toMatch(
      /^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/,
    );
  });
});

describe('a response', () => {
  test('has its status, headers, cookies and body', async () => {
    const response = toResponse({
      statusCode: 201,
      headers: { 'x-n': 1 },
      cookies: ['a=1', 'b=2'],
      body: 'ok',
    });

    expect(response?.status).toBe(201);
    expect(response?.headers.get('x-n')).toBe('1');
    expect(response?.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(await response?.text()).toBe('ok');
  });

  test('is inferred from a result without a status', async () => {
    const response = toResponse({ hello: 'world' });

    expect([response?.status, response?.headers.get('content-type')]).toEqual([
      200,
      'application/json',
    ]);
    expect(await response?.json()).toEqual({ hello: 'world' });
  });

  test('is decoded from base64', async () => {
    expect(await toResponse({ statusCode: 200, body: 'aGk=', isBase64Encoded: true })?.text()).toBe(
      'hi',
    );
  });

  test.each([
    ['an invalid status', { statusCode: 'ok' }],
    ['a body that is not text', { statusCode: 200, body: { a: 1 } }],
  ])('with %s is rejected', (_, result) => {
    expect(toResponse(result)).toBeUndefined();
  });
});
