import { globSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  createOpenApiDocument,
  documentedRoutes,
} from '../../../cli/generate/openapi/openapi-document.ts';
import { insertFindingTable, pageProblems } from '../../../cli/generate/runbook/finding-table.ts';
import { FindingKind } from '../../../lambdas/contracts/api/reconciliation.ts';
import { routeKeyOf } from '../../../lambdas/contracts/routes.ts';
import { parseShellRequests, type ShellRequest } from '../../support/e2e/shell-requests.ts';

const RUNBOOK = 'docs/RUNBOOK.md';
const PAGES = [RUNBOOK, ...globSync('docs/runbook/*.md')].map((file) => ({
  file,
  text: readFileSync(file, 'utf8'),
}));
/** `POST /findings/{findingId}/approval` in prose. */
const ROUTE_MENTION = /`(GET|POST|PUT|PATCH|DELETE) (\/[^`?\s]*)[^`]*`/g;

type Operation = {
  readonly security?: readonly unknown[];
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
  }[];
  readonly requestBody?: { readonly required?: boolean };
};
const { paths } = JSON.parse(JSON.stringify(createOpenApiDocument())) as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
};
const operationOf = (route: string): Operation | undefined => {
  const [method = '', path = ''] = route.split(' ');
  return paths[path]?.[method.toLowerCase()];
};

/**
 * Returns the documented route of a request whose path has values, or shell variables, in place of
 * parameters.
 */
function routeOf({ method, path }: Pick<ShellRequest, 'method' | 'path'>): string | undefined {
  const segments = path.split('/');
  return documentedRoutes()
    .map(([, route]) => routeKeyOf(route))
    .find((route) => {
      const [verb, template = ''] = route.split(' ');
      const wanted = template.split('/');
      return (
        verb === method &&
        wanted.length === segments.length &&
        wanted.every((part, index) => part.startsWith('{') || part === segments[index])
      );
    });
}

/** Returns what the OpenAPI document does not allow in a request. */
function violationsOf(request: ShellRequest): readonly string[] {
  const route = routeOf(request);
  const operation = route === undefined ? undefined : operationOf(route);
  if (route === undefined || operation === undefined)
    return [`${request.method} ${request.path} is no route`];
  const has = (name: string) => (request.headers[name.toLowerCase()] ?? '') !== '';
  const required = (operation.parameters ?? []).filter(
    ({ in: place, required: is }) => place === 'header' && is,
  );
  const headers = [
    ...required.map(({ name }) => name),
    ...((operation.security ?? []).length > 0 ? ['Authorization'] : []),
    ...(request.body === undefined ? [] : ['Content-Type']),
  ];
  const queries = new Set(
    (operation.parameters ?? []).flatMap(({ name, in: place }) =>
      place === 'query' ? [name] : [],
    ),
  );
  const { body: schema } =
    documentedRoutes().find(([, one]) => routeKeyOf(one) === route)?.[1] ?? {};
  const isMissing = request.body === undefined && operation.requestBody?.required === true;
  const parsed =
    request.body === undefined ? undefined : schema?.safeParse(JSON.parse(request.body));
  return [
    ...headers.filter((name) => !has(name)).map((name) => `${route} lacks the header ${name}`),
    ...request.query
      .filter((name) => !queries.has(name))
      .map((name) => `${route} takes no query ${name}`),
    ...(isMissing ? [`${route} lacks its body`] : []),
    ...(request.body !== undefined && schema === undefined ? [`${route} takes no body`] : []),
    ...(parsed?.success === false
      ? parsed.error.issues.map(({ path, message }) => `${route}: ${path.join('.')}: ${message}`)
      : []),
  ];
}

describe('the runbook', () => {
  test('has only requests that the OpenAPI document allows, with all required headers and fields', () => {
    const requests = PAGES.flatMap(({ file, text }) =>
      parseShellRequests(text).map((request) => ({ file, request })),
    );
    const faults = requests.flatMap(({ file, request }) =>
      violationsOf(request).map((fault) => `${file}: ${fault}`),
    );

    expect(faults).toEqual([]);
    expect(requests.length).toBeGreaterThanOrEqual(8);
  });

  test('names only routes that exist', () => {
    const unknown = PAGES.flatMap(({ file, text }) =>
      [...text.matchAll(ROUTE_MENTION)]
        .filter(([, method = '', path = '']) => routeOf({ method, path }) === undefined)
        .map(([mention]) => `${file}: ${mention}`),
    );

    expect(unknown).toEqual([]);
  });

  test('shows each writing request in full, on its page or in RUNBOOK.md', () => {
    const written = (text: string) =>
      parseShellRequests(text).flatMap((request) => routeOf(request) ?? []);
    const shared = written(PAGES.find(({ file }) => file === RUNBOOK)?.text ?? '');
    const incomplete = PAGES.flatMap(({ file, text }) => {
      const whole = new Set([...shared, ...written(text)]);
      return [...text.matchAll(ROUTE_MENTION)]
        .filter(([, method]) => method !== 'GET')
        .map(([, method = '', path = '']) => routeOf({ method, path }) ?? path)
        .filter((route) => !whole.has(route))
        .map((route) => `${file}: ${route}`);
    });

    expect(incomplete).toEqual([]);
  });

  test.each([
    [
      'no Idempotency-Key',
      { headers: { authorization: 'Bearer t', 'content-type': 'application/json' } },
    ],
    ['no token', { headers: { 'idempotency-key': 'k', 'content-type': 'application/json' } }],
    ['no revision', { body: '{"note": "checked"}' }],
    ['an unknown field', { body: '{"revision": 3, "reason": "checked"}' }],
    ['no body', { body: undefined }],
    ['another path', { path: '/findings/$FINDING/approve' }],
    ['an unknown query', { query: ['force'] }],
  ])('rejects a planted approval with %s', (_case, change) => {
    const whole: ShellRequest = {
      method: 'POST',
      path: '/findings/$FINDING/approval',
      query: [],
      headers: {
        authorization: 'Bearer t',
        'idempotency-key': 'k',
        'content-type': 'application/json',
      },
      body: '{"revision": 3}',
    };

    expect(violationsOf(whole)).toEqual([]);
    expect(violationsOf({ ...whole, ...change })).toHaveLength(1);
  });
});

describe('a kind of finding', () => {
  test('has a page that starts with its name and meaning', () => {
    expect(pageProblems()).toEqual([]);
  });

  test('is in the table of RUNBOOK.md: npm run generate -- runbook', () => {
    const page = readFileSync(RUNBOOK, 'utf8');

    expect(page).toBe(insertFindingTable(page));
  });

  test('is detected from injected drift in test/reconciliation', () => {
    const sources = globSync(['test/reconciliation/*.test.ts', 'test/reconciliation/drifts/*.ts'])
      .map((file) => readFileSync(file, 'utf8'))
      .join('\n');
    const missing = FindingKind.options
      .filter((kind) => !sources.includes(`'${kind}'`))
      .map((kind) => `${kind}: add its drift to a table in test/reconciliation/drifts`);

    expect(missing).toEqual([]);
  });
});
