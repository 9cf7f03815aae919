import { globSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import * as z from 'zod/mini';
import type { Route } from '../../../lambdas/contracts/routes/route.ts';
import {
  functionIdOf,
  handlerOf,
  type RouteKey,
  routeKeyOf,
  routes,
} from '../../../lambdas/contracts/routes.ts';
import { ROUTES } from '../../support/expected-app/expected-app.ts';
import { storefront } from '../../support/expected-app/storefront.ts';

const TABLE = Object.entries<Route>(routes) as readonly (readonly [RouteKey, Route])[];
const shapeOf = (schema: z.ZodMiniType | undefined) =>
  schema instanceof z.ZodMiniObject ? Object.keys(schema.shape) : [];

describe('the route table', () => {
  test('names each route once', () => {
    const keys = TABLE.map(([, route]) => routeKeyOf(route));

    expect(keys.filter((key, index) => keys.indexOf(key) !== index)).toEqual([]);
    expect(keys.length).toBeGreaterThan(45);
  });

  test('has the routes and accesses of the contexts in test/support/expected-app', () => {
    const accesses = TABLE.map(([, route]) => [routeKeyOf(route), route.access]);

    const expected = Object.entries({ ...ROUTES, ...storefront.routes });
    expect(Object.fromEntries(accesses)).toEqual(
      Object.fromEntries(expected.map(([route, [access]]) => [route, access])),
    );
  });

  test('has a route for each handler of HTTP requests, and a handler for each route', () => {
    const handlers = globSync('lambdas/*/handlers/**/*.ts').map((file) => ({
      name: file.replace(/^lambdas\/([^/]+)\/handlers\/(?:.+\/)?([^/]+)\.ts$/, '$1/$2'),
      isHttp: readFileSync(file, 'utf8').includes('= httpHandler('),
    }));
    const names = handlers.map(({ name }) => name);
    const routed = TABLE.map(([key]) => handlerOf(key));

    const missing = [
      ...routed
        .filter((name) => !names.includes(name))
        .map((name) => `${name}: there is no lambdas/${name.replace('/', '/handlers/**/')}.ts`),
      ...handlers
        .filter(({ name, isHttp }) => isHttp && !routed.includes(name))
        .map(({ name }) => `${name}: there is no route in lambdas/contracts/routes`),
    ];

    expect(missing).toEqual([]);
  });

  test('derives the function and the bundle of a route from its key', () => {
    expect([functionIdOf('adjustStock'), handlerOf('adjustStock')]).toEqual([
      'AdjustStock',
      'inventory/adjust-stock',
    ]);
  });
});

describe.each(TABLE)('the route %s', (_key, route) => {
  test('has a schema for each parameter of its path, and no other', () => {
    const names = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);

    expect(shapeOf(route.params)).toEqual(names);
  });

  test('describes each parameter of its query, and no other', () => {
    const shape = shapeOf(route.query);
    const common = shape.includes('limit') ? ['cursor', 'limit'] : [];

    expect([...common, ...Object.keys(route.queryDescriptions ?? {})].sort()).toEqual(
      [...shape].sort(),
    );
  });

  test('requires an Idempotency-Key for a POST, unless its repeat is known otherwise', () => {
    const isKnownOtherwise = route.access === 'provider' || route.repeatedBy !== undefined;

    expect(route.idempotent ?? false).toBe(route.method === 'POST' && !isKnownOtherwise);
    if (route.repeatedBy !== undefined) expect(route.method).toBe('POST');
    if (route.repeatedBy === 'stepId') expect(shapeOf(route.body)).toContain('stepId');
  });
});
