import { globSync, readFileSync } from 'node:fs';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { describe, expect, test } from 'vitest';
import {
  createOpenApiDocument,
  documentedRoutes,
} from '../../../cli/generate/openapi/openapi-document.ts';
import { routes } from '../../../lambdas/contracts/routes.ts';

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
