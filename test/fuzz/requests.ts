import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import {
  anyText,
  hostileBodies,
  hostileHeaders,
  hostileQueries,
  hugeBodies,
} from './hostile-values.ts';
import { jsonArbitrary, type KnownValues, type Schema, type Schemas } from './schema.ts';

export type Caller = 'anonymous' | 'invalidToken' | 'customer' | 'staff' | 'service';
export type FuzzRequest = {
  /** Route as in the document: `POST /stock/{sku}/receipts`. */
  readonly route: string;
  readonly method: string;
  /** Path and query as sent. */
  readonly target: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer | undefined;
  readonly caller: Caller;
};

type Operation = {
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[];
  readonly requestBody?: {
    readonly content: Readonly<Record<string, { readonly schema: Schema }>>;
  };
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly schema?: Schema;
  }[];
};
type OpenApiDocument = {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Schemas };
};

const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS'];

const document = JSON.parse(
  readFileSync(new URL('../../docs/openapi/openapi.json', import.meta.url), 'utf8'),
) as OpenApiDocument;

/** Existing ids that requests can name. */
export type Fixtures = {
  readonly skus: readonly string[];
  readonly locationIds: readonly string[];
  readonly ids: readonly string[];
};

const toKnownValues = ({ skus, locationIds, ids }: Fixtures): KnownValues => ({
  byField: {
    sku: skus,
    locationId: locationIds,
    from: locationIds,
    orderId: ids,
    reservationId: ids,
    paymentMethod: ['pm_ok', 'pm_declined', 'pm_capture_fails'],
    currency: ['EUR'],
  },
  others: [...skus, ...locationIds, ...ids],
});

/**
 * Requests of every route of the OpenAPI document, from valid to hostile: bodies by their schemas
 * with some hostile values; hostile bodies, paths, queries and headers. Mostly sent by a permitted
 * caller, so that the request is processed.
 */
export function requestArbitrary(fixtures: Fixtures): fc.Arbitrary<FuzzRequest> {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      path,
      method: method.toUpperCase(),
      operation,
    })),
  );
  const known = toKnownValues(fixtures);
  return fc.constantFrom(...operations).chain(({ path, method, operation }) => {
    const route = `${method} ${path}`;
    return fc
      .record({
        method: fc.oneof(
          { weight: 30, arbitrary: fc.constant(method) },
          { weight: 1, arbitrary: fc.constantFrom(...METHODS) },
        ),
        path: pathArbitrary(path, fixtures),
        query: queryArbitrary(operation, known.others),
        body: bodyArbitrary(operation, known),
        key: fc.oneof(
          { weight: 6, arbitrary: fc.uuid() },
          { weight: 1, arbitrary: fc.constantFrom('same', 'other') },
        ),
        hostile: fc.oneof(
          { weight: 5, arbitrary: fc.constant<(readonly [string, string])[]>([]) },
          { weight: 1, arbitrary: fc.array(fc.constantFrom(...hostileHeaders), { maxLength: 3 }) },
        ),
        isRepeated: fc.integer({ min: 0, max: 19 }),
        caller: callerArbitrary(operation),
      })
      .map((made): FuzzRequest => {
        const own: (readonly [string, string])[] = [
          ...(made.body === undefined ? [] : [['content-type', 'application/json'] as const]),
          ['idempotency-key', made.key],
        ];
        const replaced = new Set(made.hostile.map(([name]) => name));
        const headers = [
          ...own.filter(([name]) => made.isRepeated === 0 || !replaced.has(name)),
          ...made.hostile,
        ];
        const target = made.path + (made.query === '' ? '' : `?${made.query}`);
        return {
          route,
          method: made.method,
          target,
          headers,
          body: made.body,
          caller: made.caller,
        };
      });
  });
}

function pathArbitrary(
  template: string,
  { skus, locationIds, ids }: Fixtures,
): fc.Arbitrary<string> {
  const knownValues: Readonly<Record<string, readonly string[]>> = {
    sku: skus,
    locationId: locationIds,
  };
  const segments = template.split('/').map((segment): fc.Arbitrary<string> => {
    const parameter = /^\{(\w+)\}$/.exec(segment)?.[1];
    if (parameter === undefined) return fc.constant(segment);
    const known = knownValues[parameter] ?? ids;
    return fc.oneof(
      { weight: 5, arbitrary: fc.constantFrom(...known) },
      { weight: 2, arbitrary: anyText().map(percentEncode) },
      {
        weight: 1,
        arbitrary: fc.constantFrom('%', '%zz', '%00', '%2F', '..', '.', '%c0%af', '%ed%a0%80'),
      },
    );
  });
  return fc.tuple(...segments).map((parts) => parts.join('/') || '/');
}

/** Percent-encodes by bytes: a text without a valid encoding gets the one that Node uses. */
const percentEncode = (text: string): string =>
  [...Buffer.from(text.slice(0, 2_000), 'utf8')]
    .map((byte) =>
      /[A-Za-z0-9_-]/.test(String.fromCharCode(byte))
        ? String.fromCharCode(byte)
        : `%${byte.toString(16).padStart(2, '0')}`,
    )
    .join('');

function queryArbitrary(
  { parameters = [] }: Operation,
  names: readonly string[],
): fc.Arbitrary<string> {
  const known = parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name);
  const fair =
    known.length === 0
      ? fc.constant('')
      : fc
          .tuple(
            fc.constantFrom(...known),
            fc.oneof(
              fc.constantFrom(...names, '1', '10', 'open', 'true'),
              anyText().map(percentEncode),
            ),
          )
          .map(([name, value]) => `${name}=${value}`);
  return fc.oneof(
    { weight: 3, arbitrary: fc.constant('') },
    { weight: 3, arbitrary: fair },
    { weight: 1, arbitrary: fc.constantFrom(...hostileQueries) },
  );
}

function bodyArbitrary(
  { requestBody }: Operation,
  known: KnownValues,
): fc.Arbitrary<Buffer | undefined> {
  const schema = Object.values(requestBody?.content ?? {})[0]?.schema;
  const hostile = fc.constantFrom(...hostileBodies).map((body) => Buffer.from(body));
  const huge = fc.integer({ min: 0, max: hugeBodies.length - 1 }).map((index) => hugeBodies[index]);
  const made = (hostility: number) =>
    jsonArbitrary(schema ?? {}, document.components.schemas, known, hostility).map((json) =>
      Buffer.from(json),
    );
  const fair = schema === undefined ? fc.constant(undefined) : made(0);
  const spoilt = (hostility: number) =>
    schema === undefined ? fc.constant(undefined) : made(hostility);
  return fc.oneof(
    { weight: 1, arbitrary: huge },
    { weight: 200, arbitrary: hostile },
    { weight: 700, arbitrary: fair },
    { weight: 800, arbitrary: spoilt(0.06) },
    { weight: 300, arbitrary: spoilt(0.25) },
  );
}

function callerArbitrary({ security = [] }: Operation): fc.Arbitrary<Caller> {
  const [need] = security;
  const right: Caller =
    need === undefined
      ? 'anonymous'
      : 'iam' in need
        ? 'service'
        : need.token?.includes('orders')
          ? 'customer'
          : 'staff';
  return fc.oneof(
    { weight: 12, arbitrary: fc.constant(right) },
    {
      weight: 1,
      arbitrary: fc.constantFrom<Caller>(
        'anonymous',
        'invalidToken',
        'customer',
        'staff',
        'service',
      ),
    },
  );
}
