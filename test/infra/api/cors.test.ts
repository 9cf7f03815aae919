import { globSync, readFileSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import * as z from 'zod/mini';
import { synthesizeTemplates } from '../../support/infra/synthesize-templates.ts';
import {
  type Resource,
  readProperties,
  resourcesOf,
  resourcesOfType,
} from '../../support/infra/templates.ts';

const Api = z.object({
  CorsConfiguration: z.optional(
    z.strictObject({
      AllowOrigins: z.array(z.string()),
      AllowMethods: z.array(z.string()),
      AllowHeaders: z.array(z.string()),
      ExposeHeaders: z.array(z.string()),
      MaxAge: z.number(),
    }),
  ),
});
const Route = z.object({ RouteKey: z.string(), AuthorizationType: z.string() });
const ORIGINS = ['https://shop.example', 'http://localhost:5173'];

let dev: readonly Resource[];
let withOrigins: readonly Resource[];
beforeAll(() => {
  dev = resourcesOf(synthesizeTemplates());
  withOrigins = resourcesOf(synthesizeTemplates({ allowedOrigins: ORIGINS.join(',') }));
});

const corsOf = (resources: readonly Resource[]) =>
  resourcesOfType(resources, 'AWS::ApiGatewayV2::Api').map(
    (api) => readProperties(Api, api).CorsConfiguration,
  );

test('allows no other origin by default', () => {
  expect(corsOf(dev)).toEqual([undefined]);
});

test('allows configured origins, with a token and without cookies', () => {
  expect(corsOf(withOrigins)).toEqual([
    {
      AllowOrigins: ORIGINS,
      AllowMethods: ['GET', 'PATCH', 'POST', 'PUT'],
      AllowHeaders: [
        'authorization',
        'content-type',
        'idempotency-key',
        'if-none-match',
        'x-correlation-id',
      ],
      ExposeHeaders: ['etag', 'retry-after', 'www-authenticate', 'x-correlation-id'],
      MaxAge: 3_600,
    },
  ]);
});

test('allows exactly the methods of the routes with a token', () => {
  const methods = resourcesOfType(withOrigins, 'AWS::ApiGatewayV2::Route')
    .map((route) => readProperties(Route, route))
    .filter(({ AuthorizationType }) => AuthorizationType === 'JWT')
    .map(({ RouteKey }) => RouteKey.split(' ')[0]);

  expect(corsOf(withOrigins)[0]?.AllowMethods).toEqual([...new Set(methods)].sort());
});

test('allows each header that a function reads or sets', () => {
  const code = globSync('lambdas/shared/**/*.ts')
    .filter((file) => !/(webhook|signed-client|retry-after)/.test(file))
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n');
  const read = [...code.matchAll(/headers\['([a-z-]+)'\]/g)].map(([, name]) => name);
  const sent = [...code.matchAll(/'?\b(etag|retry-after|x-[a-z-]+)\b'?: [^:]/g)].map(
    ([, name]) => name,
  );
  const { AllowHeaders, ExposeHeaders } = corsOf(withOrigins)[0] ?? {
    AllowHeaders: [],
    ExposeHeaders: [],
  };

  expect(new Set(['authorization', ...read])).toEqual(new Set(AllowHeaders));
  expect(new Set(['www-authenticate', ...sent])).toEqual(new Set(ExposeHeaders));
});
