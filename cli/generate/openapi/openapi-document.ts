import { readFileSync } from 'node:fs';
import * as z from 'zod/mini';
import { SCOPES } from '../../../lambdas/contracts/access.ts';
import type { Route } from '../../../lambdas/contracts/routes/route.ts';
import { routes } from '../../../lambdas/contracts/routes.ts';
import { type Json, toOperation } from './operation.ts';

/** Returns the routes of the HTTP contract. A payment provider's webhook has the provider's own contract. */
export const documentedRoutes = (): readonly Route[] =>
  Object.values<Route>(routes).filter(({ access }) => access !== 'provider');

/** The OpenAPI 3.1 document of the HTTP contract, generated from the route table. */
export function createOpenApiDocument(): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of documentedRoutes())
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: toOperation(route) };
  return {
    openapi: '3.1.0',
    info: {
      title: 'Stockbook',
      version: packageVersion(),
      description:
        'What API Gateway itself refuses (no or bad token, missing scope, no such route, throttled) has its own body. ' +
        'Responses 429 and 503 of Stockbook have a Retry-After header: a whole number of seconds, spread so that clients which ' +
        'were rejected together do not retry together. Retry the same request, with the same Idempotency-Key, after that time.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: 'http://127.0.0.1:3000', description: 'npm start' }],
    paths,
    components: {
      securitySchemes: {
        token: {
          type: 'oauth2',
          description:
            'Customers and staff have an issuer each: that of customers issues the scope `orders`, that of staff all others. A route ' +
            'accepts the issuer of its scope only. The user pools of Stockbook write `stockbook/` before a scope.',
          flows: {
            clientCredentials: {
              tokenUrl: 'https://issuer.example/oauth2/token',
              scopes: { ...SCOPES.customer, ...SCOPES.staff },
            },
          },
        },
        iam: {
          type: 'apiKey',
          in: 'header',
          name: 'Authorization',
          description: 'AWS Signature Version 4, service execute-api',
        },
      },
      schemas: { Problem: PROBLEM },
    },
  };
}

const PROBLEM: Json = {
  type: 'object',
  description: 'RFC 9457',
  required: ['type', 'title', 'status', 'code', 'detail'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    code: { type: 'string' },
    detail: { type: 'string' },
    instance: { type: 'string', description: 'The request, as the logs name it' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        properties: { path: { type: 'string' }, message: { type: 'string' } },
      },
    },
    shortages: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          sku: { type: 'string' },
          requested: { type: 'integer' },
          available: { type: 'integer' },
        },
      },
    },
    skus: { type: 'array', items: { type: 'string' } },
    orderStatus: { type: 'string' },
    reservationStatus: { type: 'string' },
    findingStatus: { type: 'string' },
    orders: { type: 'array', items: { type: 'string' } },
    reason: { type: 'string' },
    limit: { type: 'integer' },
    lastCount: {
      type: 'object',
      properties: { countId: { type: 'string' }, countedAt: { type: 'string' } },
    },
  },
};

function packageVersion(): string {
  const manifest: unknown = JSON.parse(
    readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'),
  );
  return z.parse(z.object({ version: z.string() }), manifest).version;
}
