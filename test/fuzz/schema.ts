import fc from 'fast-check';
import { hostileJson } from './hostile-values.ts';

/** Schema of a value in the OpenAPI document. */
export type Schema = {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly format?: string;
};
export type Schemas = Readonly<Record<string, Schema>>;

/** Texts that name existing records: by field, and for all other fields. */
export type KnownValues = {
  readonly byField: Readonly<Record<string, readonly string[]>>;
  readonly others: readonly string[];
};

const ITEMS_MAX = 4;
const QUANTITY_MAX = 50;

/** Returns JSON texts of a value by its schema, sometimes with a hostile value in its place. */
export function jsonArbitrary(
  schema: Schema,
  schemas: Schemas,
  known: KnownValues,
  hostility: number,
  field = '',
): fc.Arbitrary<string> {
  const of = (inner: Schema, name = field): fc.Arbitrary<string> =>
    jsonArbitrary(inner, schemas, known, hostility, name);
  const fair = validJsonArbitrary(schema, schemas, known.byField[field] ?? known.others, of);
  const weight = Math.round(hostility * 100);
  return weight === 0
    ? fair
    : fc.oneof(
        { weight: 100 - weight, arbitrary: fair },
        { weight, arbitrary: fc.constantFrom(...hostileJson) },
      );
}

function validJsonArbitrary(
  schema: Schema,
  schemas: Schemas,
  known: readonly string[],
  of: (inner: Schema, name?: string) => fc.Arbitrary<string>,
): fc.Arbitrary<string> {
  if (schema.$ref !== undefined) return of(schemas[schema.$ref.replace(/^.*\//, '')] ?? {});
  if (schema.const !== undefined) return fc.constant(JSON.stringify(schema.const));
  if (schema.enum !== undefined)
    return fc.constantFrom(...schema.enum.map((value) => JSON.stringify(value)));
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return fc.oneof(...choices.map((choice) => of(choice)));
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  switch (type) {
    case 'integer':
    case 'number':
      return numberArbitrary(schema, type);
    case 'boolean':
      return fc.boolean().map(String);
    case 'null':
      return fc.constant('null');
    case 'array':
      return fc
        .array(of(schema.items ?? {}), {
          minLength: schema.minItems ?? 0,
          maxLength: Math.max(ITEMS_MAX, schema.minItems ?? 0),
        })
        .map((items) => `[${items.join(',')}]`);
    case 'string':
      return textArbitrary(schema, known).map((text) => JSON.stringify(text));
    default:
      return objectArbitrary(schema, of);
  }
}

/** Returns mostly small numbers; sometimes the limits, and numbers with unusual notation. */
function numberArbitrary({ minimum, maximum }: Schema, type: string): fc.Arbitrary<string> {
  const [least, most] = [minimum ?? -Number.MAX_SAFE_INTEGER, maximum ?? Number.MAX_SAFE_INTEGER];
  const min = Math.max(least, -QUANTITY_MAX);
  const small = fc.integer({ min, max: Math.max(min, Math.min(most, QUANTITY_MAX)) }).map(String);
  const ends = fc.constantFrom(String(least), String(most), String(least + 1), String(most - 1));
  const fractions =
    type === 'number'
      ? [{ weight: 2, arbitrary: fc.constantFrom('0.5', '0.01', '0.001', '1e-200', '33.333') }]
      : [];
  return fc.oneof({ weight: 9, arbitrary: small }, { weight: 1, arbitrary: ends }, ...fractions);
}

function textArbitrary(
  { format, pattern, minLength = 0, maxLength = 40 }: Schema,
  known: readonly string[],
): fc.Arbitrary<string> {
  if (format === 'date-time')
    return fc
      .date({ min: new Date('2020-01-01'), max: new Date(), noInvalidDate: true })
      .map((at) => at.toISOString());
  const fitting =
    pattern === undefined ? known : known.filter((text) => new RegExp(pattern, 'u').test(text));
  if (pattern !== undefined && fitting.length === 0) return fc.stringMatching(new RegExp(pattern));
  return fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...fitting) },
    {
      weight: 1,
      arbitrary: fc
        .stringMatching(/^[A-Za-z0-9_-]{1,40}$/)
        .map((text) => text.padEnd(minLength, 'x').slice(0, maxLength)),
    },
  );
}

function objectArbitrary(
  { properties = {}, required = [] }: Schema,
  of: (inner: Schema, name: string) => fc.Arbitrary<string>,
): fc.Arbitrary<string> {
  const fields = Object.entries(properties).map(([name, inner]) =>
    fc
      .tuple(of(inner, name), required.includes(name) ? fc.constant(true) : fc.boolean())
      .map(([json, isThere]) => (isThere ? [`${JSON.stringify(name)}:${json}`] : [])),
  );
  return fc.tuple(...fields).map((parts) => `{${parts.flat().join(',')}}`);
}
