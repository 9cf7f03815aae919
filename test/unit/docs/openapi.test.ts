import { globSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  ALL_ROUTES,
  createOpenApiDocument,
} from '../../../cli/generate/openapi/openapi-document.ts';

const read = (file: string) => readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8');

/**
 * `route(…, 'GET /path', 'scope'` of the stacks; the paths may be templates of constants of their
 * file.
 */
function routesOfStacks(): Map<string, string> {
  const found = new Map<string, string>();
  for (const file of globSync([
    'lib/stacks/*-stack.ts',
    'lib/constructs/messaging/dead-letter-api.ts',
  ])) {
    const source = read(file);
    const constants = new Map(
      [...source.matchAll(/const (\w+) = '([^']+)'/g)].map(([, name, value]) => [name, value]),
    );
    for (const [, path = '', access = ''] of source.matchAll(
      /['`]((?:GET|PUT|PATCH|POST|DELETE) \/?[^'`]*)['`],\s*'([\w.]+)'/g,
    )) {
      // What a payment provider calls has the provider's contract.
      if (access === 'provider') continue;
      found.set(
        path.replace(/\$\{(\w+)\}/g, (_, name) => constants.get(name) ?? ''),
        access,
      );
    }
  }
  return found;
}

describe('the OpenAPI document', () => {
  test('is what the schemas say today (npm run openapi)', () => {
    expect(JSON.parse(read('docs/openapi/openapi.json'))).toEqual(
      JSON.parse(JSON.stringify(createOpenApiDocument())),
    );
  });

  test('has every route of the stacks, with its access, and no other', () => {
    const documented = new Map<string, string>(
      ALL_ROUTES.map(({ route, access }) => [route, access]),
    );

    expect(new Map([...documented].sort())).toEqual(new Map([...routesOfStacks()].sort()));
    expect(documented.size).toBeGreaterThanOrEqual(20);
  });

  test('names only codes that the code answers', () => {
    const source = globSync('lambdas/**/*.ts').map(read).join('\n');
    const codes = new Set(
      ALL_ROUTES.flatMap(({ problems = {} }) => Object.values(problems).flat()),
    );

    const unknown = [...codes].filter((code) => !source.includes(`'${code}'`));

    expect(unknown).toEqual([]);
  });
});
