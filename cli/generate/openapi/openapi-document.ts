import { readFileSync } from 'node:fs';
import * as z from 'zod/mini';
import { SCOPES } from '../../../lambdas/contracts/access.ts';
import type { Route } from '../../../lambdas/contracts/routes/route.ts';
import { routes } from '../../../lambdas/contracts/routes.ts';
import { componentSchemas } from './component-schemas.ts';
import type { Json } from './json.ts';
import { toOperation } from './operation.ts';
import { problemSchemas } from './problem-schemas.ts';

/** Tags of operations by the first segment of their paths, except `staff`. */
const TAGS: Readonly<Record<string, string>> = {
  health: 'Availability of the API',
  stock: 'Stock of each SKU: settings, receipts, adjustments, counts and movements',
  locations: 'Places that have stock',
  availability: 'What can be sold',
  shop: 'Stock levels for the pages of a shop',
  reservations: 'Holds of stock, for the order service',
  products: 'Products and their prices',
  orders: 'Orders from placement to fulfilment',
  customers: 'Erasure of customer data',
  payments: 'Actions that payments require, for the order service',
  reconciliations: 'Runs that compare the records of all contexts',
  findings: 'Differences that a reconciliation found',
  'dead-letters': 'Messages that could not be handled',
  audit: 'Records of each context, for the reconciliation',
  repairs: 'Repairs of records, for the reconciliation',
};

/**
 * Returns the routes of the HTTP contract by their keys. The webhook of a payment provider is not
 * one of them: its contract is the provider's.
 */
export const documentedRoutes = (): readonly (readonly [key: string, route: Route])[] =>
  Object.entries<Route>(routes).filter(([, { access }]) => access !== 'provider');

/** Returns the OpenAPI 3.1 document of the HTTP contract, generated from the route table. */
export function createOpenApiDocument(): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const [key, route] of documentedRoutes())
    paths[route.path] = {
      ...paths[route.path],
      [route.method.toLowerCase()]: {
        operationId: key,
        tags: [tagOf(route)],
        ...toOperation(route),
      },
    };
  return {
    openapi: '3.1.0',
    info: {
      title: 'Stockbook',
      version: packageVersion(),
      description:
        'API Gateway itself responds to a missing or invalid token, a missing scope, an unknown route and throttled requests: the body is `{ "message": … }`. ' +
        'Responses 429 and 503 of Stockbook have a Retry-After header: a whole number of seconds, spread so that clients that ' +
        'were rejected together do not retry together. Retry the same request, with the same Idempotency-Key, after that time.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: 'http://127.0.0.1:3000', description: 'npm start' }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      securitySchemes: {
        token: {
          type: 'oauth2',
          description:
            'Customers and staff have separate token issuers. That of customers issues the scope `orders`, that of staff all others. A ' +
            'route accepts only the issuer of its scope. The user pools of Stockbook prefix a scope with `stockbook/`.',
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
      schemas: { ...problemSchemas(), ...componentSchemas() },
    },
  };
}

function tagOf({ path }: Route): string {
  const tag = path.split('/').find((segment) => segment in TAGS);
  if (tag === undefined) throw new Error(`There is no tag for ${path}. Add one to TAGS.`);
  return tag;
}

function packageVersion(): string {
  const manifest: unknown = JSON.parse(
    readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'),
  );
  return z.parse(z.object({ version: z.string() }), manifest).version;
}
