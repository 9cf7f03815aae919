import { readFileSync } from 'node:fs';
import * as z from 'zod/mini';
import { DeadLetterQueuePath } from '../../../lambdas/contracts/dead-letters-api.ts';
import { ReservationPath, SkuPath } from '../../../lambdas/contracts/inventory-api.ts';
import { CustomerPath, OrderPath } from '../../../lambdas/contracts/orders-api.ts';
import { PaymentPath } from '../../../lambdas/contracts/payments-api.ts';
import { LIST_ITEMS_DEFAULT, LIST_ITEMS_MAX } from '../../../lambdas/contracts/primitives.ts';
import { FindingPath, ReconciliationPath } from '../../../lambdas/contracts/reconciliation-api.ts';
import { DEAD_LETTER_ROUTES } from './dead-letter-routes.ts';
import { RECONCILIATION_ROUTES } from './reconciliation-routes.ts';
import { type DocumentedRoute, ROUTES } from './routes.ts';

type Json = { readonly [field: string]: unknown };

const SCOPES = {
  'stock.read': 'Read stock and movements',
  'stock.write': 'Receive, adjust and count stock',
  orders: "Place and pay one's own orders",
  'orders.manage': 'Manage products and fulfil orders',
  operations: 'Reconcile, redrive and resume',
};

const PATH_SCHEMAS: Readonly<Record<string, z.ZodMiniType>> = {
  sku: SkuPath.shape.sku,
  reservationId: ReservationPath.shape.reservationId,
  orderId: OrderPath.shape.orderId,
  paymentId: PaymentPath.shape.paymentId,
  reconciliationId: ReconciliationPath.shape.reconciliationId,
  findingId: FindingPath.shape.findingId,
  customerId: CustomerPath.shape.customerId,
  queue: DeadLetterQueuePath.shape.queue,
};

/** The problems that any route with a body, a key or parameters may answer. */
const COMMON_PROBLEMS: Readonly<Record<number, readonly string[]>> = { 503: ['RETRY_LATER'] };
const BODY_PROBLEMS: Readonly<Record<number, readonly string[]>> = {
  400: ['MALFORMED_JSON', 'VALIDATION_FAILED'],
  413: ['BODY_TOO_LARGE'],
  415: ['UNSUPPORTED_MEDIA_TYPE'],
};
const KEY_PROBLEMS: Readonly<Record<number, readonly string[]>> = {
  400: ['IDEMPOTENCY_KEY_REQUIRED'],
  422: ['IDEMPOTENCY_KEY_REUSED'],
};
const PARAMETER_PROBLEMS: Readonly<Record<number, readonly string[]>> = {
  400: ['VALIDATION_FAILED'],
};

export const ALL_ROUTES: readonly DocumentedRoute[] = [
  ...ROUTES,
  ...RECONCILIATION_ROUTES,
  ...DEAD_LETTER_ROUTES,
];

/** The OpenAPI 3.1 document of the HTTP contract, out of the schemas that validate requests. */
export function createOpenApiDocument(): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of ALL_ROUTES) {
    const [method = '', path = ''] = route.route.split(' ');
    paths[path] = { ...paths[path], [method.toLowerCase()]: toOperation(route, method, path) };
  }
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
            clientCredentials: { tokenUrl: 'https://issuer.example/oauth2/token', scopes: SCOPES },
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

function toOperation(route: DocumentedRoute, method: string, path: string): Json {
  const isPost = method === 'POST';
  const parameters = [
    ...pathParameters(path),
    ...(isPost ? [KEY_PARAMETER] : []),
    ...(route.isList ? LIST_PARAMETERS : []),
    ...queryParameters(route),
  ];
  return {
    summary: route.summary,
    ...(route.description === undefined ? {} : { description: route.description }),
    security: securityOf(route),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(route.body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: toJsonSchema(route.body) } },
          },
        }),
    responses: { ...responsesOf(route), ...errorResponsesOf(route, isPost, parameters.length > 0) },
  };
}

const securityOf = ({ access }: DocumentedRoute): Json[] => {
  if (access === 'public') return [];
  return access === 'service' ? [{ iam: [] }] : [{ token: [access] }];
};

const pathParameters = (path: string): Json[] =>
  [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => {
    const schema = PATH_SCHEMAS[name];
    if (schema === undefined) throw new Error(`no schema for the path parameter ${name}`);
    return { name, in: 'path', required: true, schema: toJsonSchema(schema) };
  });

/** As the query's text is, before it is made a number or a list. */
const queryParameters = ({ query }: DocumentedRoute): Json[] =>
  Object.entries(query ?? {}).map(([name, description]) => ({
    name,
    in: 'query',
    description,
    schema: { type: 'string' },
  }));

const KEY_PARAMETER: Json = {
  name: 'Idempotency-Key',
  in: 'header',
  required: true,
  description: 'New for each new request; the same for its repeats.',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
};

const LIST_PARAMETERS: Json[] = [
  {
    name: 'cursor',
    in: 'query',
    description: 'Out of the page before; opaque.',
    schema: { type: 'string' },
  },
  {
    name: 'limit',
    in: 'query',
    schema: { type: 'integer', minimum: 1, maximum: LIST_ITEMS_MAX, default: LIST_ITEMS_DEFAULT },
  },
];

function responsesOf({ answers, isList }: DocumentedRoute): Json {
  return Object.fromEntries(
    Object.entries(answers).map(([status, { description, schema }]) => {
      if (schema === undefined) return [status, { description }];
      const item = toJsonSchema(schema);
      const body = isList
        ? {
            type: 'object',
            required: ['items'],
            properties: { items: { type: 'array', items: item }, cursor: { type: 'string' } },
          }
        : item;
      return [status, { description, content: { 'application/json': { schema: body } } }];
    }),
  );
}

function errorResponsesOf(route: DocumentedRoute, isPost: boolean, hasParameters: boolean): Json {
  const codes = new Map<string, Set<string>>();
  const sources = [
    ...(route.access === 'public' ? [] : [COMMON_PROBLEMS]),
    ...(isPost || route.body ? [BODY_PROBLEMS] : []),
    ...(isPost ? [KEY_PROBLEMS] : []),
    ...(hasParameters ? [PARAMETER_PROBLEMS] : []),
    route.problems ?? {},
  ];
  for (const source of sources) {
    for (const [status, added] of Object.entries(source)) {
      codes.set(status, new Set([...(codes.get(status) ?? []), ...added]));
    }
  }
  return Object.fromEntries(
    [...codes].map(([status, all]) => [
      status,
      {
        description: [...all].sort().join(', '),
        content: {
          'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
        },
      },
    ]),
  );
}

function toJsonSchema(schema: z.ZodMiniType): Json {
  const { $schema: _dialect, ...json } = z.toJSONSchema(schema, { io: 'input' });
  return json;
}

function packageVersion(): string {
  const manifest: unknown = JSON.parse(
    readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'),
  );
  return z.parse(z.object({ version: z.string() }), manifest).version;
}
