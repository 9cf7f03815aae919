import { globSync, readFileSync } from 'node:fs';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { describe, expect, test } from 'vitest';
import {
  createOpenApiDocument,
  documentedRoutes,
} from '../../../cli/generate/openapi/openapi-document.ts';
import { problemSchemas } from '../../../cli/generate/openapi/problem-schemas.ts';
import { routes } from '../../../lambdas/contracts/routes.ts';

type ProblemSchema = {
  readonly allOf: readonly [
    unknown,
    { readonly properties: Readonly<Record<string, { readonly enum?: readonly string[] }>> },
  ];
};
/** Returns the code of a problem's schema, and its fields besides those of every problem. */
function fieldsOf({ allOf: [, { properties }] }: ProblemSchema): [code: string, fields: string[]] {
  const { code, ...fields } = properties;
  return [code?.enum?.[0] ?? '', Object.keys(fields).sort()];
}

const read = (file: string) => readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8');

describe('the OpenAPI document', () => {
  test('is generated from the current routes: npm run generate -- openapi', () => {
    expect(JSON.parse(read('docs/openapi/openapi.json'))).toEqual(
      JSON.parse(JSON.stringify(createOpenApiDocument())),
    );
  });

  test('has every route except the webhook of a provider', () => {
    expect(documentedRoutes()).toHaveLength(Object.keys(routes).length - 1);
  });

  test('passes the recommended rules of Redocly without a warning', async () => {
    const config = await createConfig({ extends: ['recommended'] });
    const problems = await lintFromString({
      source: JSON.stringify(createOpenApiDocument()),
      absoluteRef: 'openapi.json',
      config,
    });

    expect(
      problems.map(({ ruleId, message, location }) => [ruleId, message, location[0]?.pointer]),
    ).toEqual([]);
  });

  test('has the fields that the code adds to the problem of each code, and no others', () => {
    const source = globSync('lambdas/**/*.ts').map(read).join('\n');
    const fieldsByCode = new Map<string, Set<string>>();
    for (const [, code = '', fields = ''] of source.matchAll(
      /\('([A-Z_]+)', \{(?:(?!\}\)).)*?exposes: \[([^\]]*)\]/gs,
    ))
      fieldsByCode.set(
        code,
        new Set([
          ...(fieldsByCode.get(code) ?? []),
          ...[...fields.matchAll(/'(\w+)'/g)].map(([, field = '']) => field),
        ]),
      );

    const documented = Object.entries(problemSchemas()).flatMap(([name, schema]) =>
      name === 'Problem' ? [] : [fieldsOf(schema as ProblemSchema)],
    );

    expect(fieldsByCode.size).toBeGreaterThan(20);
    expect(Object.fromEntries(documented)).toEqual(
      Object.fromEntries([...fieldsByCode].map(([code, fields]) => [code, [...fields].sort()])),
    );
  });

  test('names only codes that the code returns', () => {
    const source = globSync('lambdas/*/!(routes)/**/*.ts').map(read).join('\n');
    const codes = new Set(
      documentedRoutes().flatMap(([, { errors = {} }]) => Object.values(errors).flat()),
    );

    const unknown = [...codes].filter((code) => !source.includes(`'${code}'`));

    expect(codes.size).toBeGreaterThan(20);
    expect(unknown).toEqual([]);
  });
});
