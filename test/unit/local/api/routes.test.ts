import { describe, expect, test } from 'vitest';
import { matchRoute, parseRouteKey, type Route } from '../../../../local/api/routes.ts';

const route = (routeKey: string): Route => ({
  ...parseRouteKey(routeKey),
  access: { kind: 'none' },
  functionArn: 'arn',
  timeoutMilliseconds: 1_000,
});
const ROUTES = [
  'GET /stock/{sku}',
  'GET /stock',
  'GET /stock/search',
  'POST /stock/{sku}',
  'GET /{any}/{sku}',
].map(route);

const match = (method: string, path: string) => {
  const found = matchRoute(ROUTES, method, path);
  return found === undefined ? undefined : [found.route.routeKey, found.pathParameters];
};

describe('routes', () => {
  test.each([
    ['a path without parameters', 'GET', '/stock', ['GET /stock', {}]],
    ['a parameter', 'GET', '/stock/tea', ['GET /stock/{sku}', { sku: 'tea' }]],
    ['a literal before a parameter', 'GET', '/stock/search', ['GET /stock/search', {}]],
    [
      'the more literal of two',
      'GET',
      '/other/tea',
      ['GET /{any}/{sku}', { any: 'other', sku: 'tea' }],
    ],
    ['the method', 'POST', '/stock/search', ['POST /stock/{sku}', { sku: 'search' }]],
    [
      'a parameter in its encoding',
      'GET',
      '/stock/a%2Fb%20c',
      ['GET /stock/{sku}', { sku: 'a/b c' }],
    ],
    ['a parameter in a broken encoding', 'GET', '/stock/%zz', ['GET /stock/{sku}', { sku: '%zz' }]],
  ])('match %s', (_, method, path, expected) => {
    expect(match(method, path)).toEqual(expected);
  });

  test.each([
    ['another method', 'DELETE', '/stock'],
    ['HEAD for GET', 'HEAD', '/stock'],
    ['an empty parameter', 'GET', '/stock/'],
    ['a longer path', 'GET', '/stock/tea/more'],
    ['another case', 'GET', '/Stock'],
  ])('do not match %s', (_, method, path) => {
    expect(match(method, path)).toBeUndefined();
  });

  test.each(['ANY /stock', '$default', 'GET /{proxy+}'])('rejects %s by name', (key) => {
    expect(() => parseRouteKey(key)).toThrow(`does not support the route key ${key}`);
  });
});
