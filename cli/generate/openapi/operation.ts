import * as z from 'zod/mini';
import { type Access, isAnonymous, isScope } from '../../../lambdas/contracts/access.ts';
import { LIST_ITEMS_DEFAULT, LIST_ITEMS_MAX } from '../../../lambdas/contracts/primitives.ts';
import type { Route } from '../../../lambdas/contracts/routes/route.ts';
import { toJsonSchema } from './component-schemas.ts';
import type { Json } from './json.ts';
import { problemSchemaOf } from './problem-schemas.ts';

type ErrorCodes = Readonly<Record<number, readonly string[]>>;

/** Error codes of every route, and of every route with a body, a key or parameters. */
const COMMON_ERRORS: ErrorCodes = { 503: ['RETRY_LATER'] };
const BODY_ERRORS: ErrorCodes = {
  400: ['MALFORMED_JSON', 'VALIDATION_FAILED'],
  413: ['BODY_TOO_LARGE'],
  415: ['UNSUPPORTED_MEDIA_TYPE'],
};
const KEY_ERRORS: ErrorCodes = {
  400: ['IDEMPOTENCY_KEY_REQUIRED'],
  422: ['IDEMPOTENCY_KEY_REUSED'],
};
const PARAMETER_ERRORS: ErrorCodes = { 400: ['VALIDATION_FAILED'] };

const KEY_PARAMETER: Json = {
  name: 'Idempotency-Key',
  in: 'header',
  required: true,
  description: 'New for each new request; the same for its retries.',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
};

const ETAG_PARAMETER: Json = {
  name: 'If-None-Match',
  in: 'header',
  description: 'ETags of responses that the caller has.',
  schema: { type: 'string' },
};

const LIST_PARAMETERS: readonly Json[] = [
  {
    name: 'cursor',
    in: 'query',
    description: 'Opaque cursor of the previous page.',
    schema: { type: 'string' },
  },
  {
    name: 'limit',
    in: 'query',
    schema: { type: 'integer', minimum: 1, maximum: LIST_ITEMS_MAX, default: LIST_ITEMS_DEFAULT },
  },
];

/** Returns the OpenAPI operation of a route. */
export function toOperation(route: Route): Json {
  const parameters = [
    ...pathParameters(route),
    ...(route.idempotent ? [KEY_PARAMETER] : []),
    ...queryParameters(route),
    ...(route.cacheControl === undefined ? [] : [ETAG_PARAMETER]),
  ];
  return {
    summary: route.summary,
    ...(route.description === undefined ? {} : { description: route.description }),
    security: securityOf(route.access),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...requestBodyOf(route),
    responses: { ...responsesOf(route), ...errorResponsesOf(route, parameters.length > 0) },
  };
}

const securityOf = (access: Access): readonly Json[] => {
  if (isAnonymous(access)) return [];
  return access === 'service' ? [{ iam: [] }] : [{ token: [access] }];
};

function pathParameters({ path, params }: Route): readonly Json[] {
  const shape = shapeOf(params);
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => {
    const schema = shape[name];
    if (schema === undefined) throw new Error(`${path}: \`params\` has no ${name}.`);
    return { name, in: 'path', required: true, schema: toJsonSchema(schema) };
  });
}

/** Describes each query parameter as text, which its schema parses. */
function queryParameters({ path, query, queryDescriptions = {} }: Route): readonly Json[] {
  const isList = 'limit' in shapeOf(query);
  const required = requiredIn(query);
  const others = Object.keys(shapeOf(query)).filter(
    (name) => !(isList && LIST_PARAMETERS.some((parameter) => parameter.name === name)),
  );
  return [
    ...(isList ? LIST_PARAMETERS : []),
    ...others.map((name) => {
      const description = queryDescriptions[name];
      if (description === undefined)
        throw new Error(`${path}: \`queryDescriptions\` has no ${name}.`);
      return {
        name,
        in: 'query',
        ...(required.has(name) ? { required: true } : {}),
        description,
        schema: { type: 'string' },
      };
    }),
  ];
}

/** Returns the parameters without which a query is invalid. */
const requiredIn = (query: z.ZodMiniType | undefined): ReadonlySet<PropertyKey | undefined> =>
  new Set(query?.safeParse({}).error?.issues.map(({ path }) => path[0]));

/** Returns the fields of an object's schema; a schema with a check across fields has them too. */
function shapeOf(schema: z.ZodMiniType | undefined): Readonly<Record<string, z.ZodMiniType>> {
  if (schema === undefined) return {};
  if (!(schema instanceof z.ZodMiniObject))
    throw new Error('The schema of the parameters must be an object.');
  return schema.shape as Readonly<Record<string, z.ZodMiniType>>;
}

const requestBodyOf = ({ body, isBodyOptional }: Route): Json =>
  body === undefined || isBodyOptional
    ? {}
    : {
        requestBody: {
          required: true,
          content: { 'application/json': { schema: toJsonSchema(body) } },
        },
      };

const responsesOf = ({ responses, cacheControl }: Route): Json => ({
  ...Object.fromEntries(
    Object.entries(responses).map(([status, { description, schema }]) => [
      status,
      {
        description,
        ...(cacheControl && { headers: cacheHeadersOf(cacheControl) }),
        ...(schema && { content: { 'application/json': { schema: toJsonSchema(schema) } } }),
      },
    ]),
  ),
  ...(cacheControl && {
    304: {
      description: 'The caller has the current response',
      headers: cacheHeadersOf(cacheControl),
    },
  }),
});

const cacheHeadersOf = (cacheControl: string): Json => ({
  'Cache-Control': { schema: { type: 'string', const: cacheControl } },
  ETag: {
    description: 'Changes with each field of the body except `asOf`.',
    schema: { type: 'string' },
  },
  Vary: { schema: { type: 'string', const: 'Origin' } },
});

function errorResponsesOf(route: Route, hasParameters: boolean): Json {
  const codes = new Map<string, Set<string>>();
  const sources: readonly ErrorCodes[] = [
    ...(route.access === 'public' ? [] : [COMMON_ERRORS]),
    ...(route.body === undefined ? [] : [BODY_ERRORS]),
    ...(route.idempotent ? [KEY_ERRORS] : []),
    ...(hasParameters ? [PARAMETER_ERRORS] : []),
    route.errors ?? {},
  ];
  for (const source of sources) {
    for (const [status, added] of Object.entries(source)) {
      codes.set(status, new Set([...(codes.get(status) ?? []), ...added]));
    }
  }
  return {
    ...gatewayResponsesOf(route.access),
    ...Object.fromEntries(
      [...codes].map(([status, all]) => [status, problemResponse([...all].sort())]),
    ),
  };
}

const problemResponse = (codes: readonly string[]): Json => ({
  description: codes.join(', '),
  content: { 'application/problem+json': { schema: problemSchemaOf(codes) } },
});

/** Responses of API Gateway, which has checked the caller before the function runs. */
const gatewayResponsesOf = (access: Access): Json => ({
  ...(isScope(access) ? { 401: { description: 'The token is missing or invalid' } } : {}),
  ...(isAnonymous(access)
    ? {}
    : { 403: { description: 'The caller may not use this route, or its token has no subject' } }),
  429: { description: 'Throttled' },
});
