import path from 'node:path';
import { parseImports, type Source, UNRESOLVED_IMPORT } from './sources.ts';

/**
 * Who may import whom. A pattern is a glob of a path from the project's root, or of a package; `<own>` is the folder of the
 * file's own context, and `type ` in front allows `import type` only. What is not listed is refused, so contexts can't reach
 * each other, and a new library of a layer takes a line here.
 */
const RULES = {
  contracts: [
    'lambdas/contracts/**',
    'lambdas/shared/{core/result,events/delivery-times}.ts',
    'zod/mini',
  ],
  // The contracts are the language between the contexts: a domain may use their types, and runs none of their code.
  domain: [
    '<own>/domain/**',
    'type lambdas/contracts/**',
    'lambdas/shared/core/{result,instant,history,defined,next-version,same-value}.ts',
    'lambdas/shared/events/{event-detail,delivery-times}.ts',
  ],
  'use-cases': [
    '<own>/{use-cases,domain}/**',
    'lambdas/contracts/**',
    'lambdas/shared/core/{result,instant,history,defined,next-version,same-value}.ts',
    'lambdas/shared/core/{fingerprint,errors,page,retry-optimistic,unreadable-record}.ts',
    'lambdas/shared/{observability/logger,events/batch-progress,events/delivery-times}.ts',
  ],
  adapters: [
    '<own>/{adapters,domain}/**',
    // An adapter implements a port: its types, and the faults it may throw. What a port is, the use-cases say.
    '<own>/use-cases/{ports,audit/audit-ports}.ts',
    'lambdas/{contracts,shared}/**',
    '@aws-sdk/*',
    '@smithy/*',
    'node:timers/promises',
    'stripe',
    'zod/mini',
  ],
  // Shows what use-cases return: their types only.
  presenters: [
    '<own>/{presenters,domain}/**',
    'type <own>/use-cases/**',
    'lambdas/contracts/**',
    'lambdas/shared/core/{instant,defined}.ts',
  ],
  // A cache is state that an instance keeps between its requests.
  wiring: ['<own>/adapters/*', '<own>/use-cases/**/*-cache.ts', 'lambdas/shared/**', '@aws-sdk/*'],
  handlers: [
    '<own>/{use-cases,presenters}/**',
    '<own>/{wiring,*-wiring}.ts',
    'lambdas/{contracts,shared}/**',
    '@middy/core',
    'type aws-lambda',
  ],
  // What domains import of `shared`: pure.
  core: [
    'lambdas/shared/core/{result,instant,history,defined,next-version,same-value}.ts',
    'lambdas/shared/events/event-detail.ts',
  ],
  // What use-cases import of `shared` besides: no clock, no randomness, no AWS.
  'use-case support': [
    'lambdas/shared/core/{result,instant,defined}.ts',
    'lambdas/shared/core/{fingerprint,errors,page,retry-optimistic,unreadable-record}.ts',
    'lambdas/shared/observability/logger.ts',
    'node:crypto',
  ],
  shared: [
    'lambdas/shared/**',
    'node:*',
    'node:*/*',
    'zod/mini',
    'zod/v4/locales/*',
    '@middy/core',
    '@middy/sqs-partial-batch-failure',
    '@aws-sdk/*',
    'aws4fetch',
    'type aws-lambda',
  ],
  lib: [
    'lib/**',
    'lambdas/contracts/**',
    'lambdas/shared/events/delivery-times.ts',
    'node:*',
    'aws-cdk-lib',
    'aws-cdk-lib/*',
    'constructs',
    'cdk-nag',
    'croner',
    // Stands in the bundles for the SDK's own credential providers.
    '@aws-sdk/credential-provider-env',
    'esbuild',
    'zod/mini',
  ],
  bin: ['lib/**', 'aws-cdk-lib', 'aws-cdk-lib/*'],
  local: [
    'local/**',
    // Expressions of schedules: the templates' alarms and the local schedules read them in one way.
    'lib/schedule-expression.ts',
    'node:*',
    'node:*/*',
    '@aws-sdk/*',
    '@aws/lambda-invoke-store',
    '@commander-js/extra-typings',
    '@hono/node-server',
    'aws-local-stepfunctions',
    'aws4fetch',
    'fauxqs',
    'hono',
    'jose',
    'zod/mini',
  ],
  cli: [
    'cli/**',
    // What the API returns: its types are stated once.
    'type lambdas/contracts/**',
    'lambdas/contracts/api/dead-letters.ts',
    'local/{errors,endpoints-file,api/request-local-token}.ts',
    'node:*',
    'node:*/*',
    '@aws-sdk/*',
    '@commander-js/extra-typings',
    'cli-progress',
    'cli-table3',
    'csv-parse/sync',
    'open',
    'openid-client',
  ],
  // Writes the documents that are made from the contracts and the declarations.
  generators: [
    'cli/generate/**',
    'lambdas/{contracts,shared}/**',
    'lib/**',
    // The exports in use are those of the templates that the tests of stack updates synthesize.
    'test/support/infra/record-exports.ts',
    'node:*',
    'zod',
    'zod/mini',
  ],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type Layer = keyof typeof RULES;
export const LAYERS = Object.keys(RULES) as readonly Layer[];

/** Runs the bundles, each by the path that its function's template names. */
const BUNDLE_LOADER = 'local/functions/function-worker.ts';

/** Which files are of a layer; the first that fits. */
const LAYER_PATTERNS: readonly (readonly [pattern: string, layer: Layer])[] = [
  ['lambdas/contracts/**/*.ts', 'contracts'],
  ['lambdas/shared/core/{result,instant,history,defined,next-version,same-value}.ts', 'core'],
  ['lambdas/shared/events/event-detail.ts', 'core'],
  [
    'lambdas/shared/core/{fingerprint,errors,page,retry-optimistic,unreadable-record}.ts',
    'use-case support',
  ],
  ['lambdas/shared/observability/logger.ts', 'use-case support'],
  ['lambdas/shared/**/*.ts', 'shared'],
  ['lambdas/*/domain/**/*.ts', 'domain'],
  ['lambdas/*/use-cases/**/*.ts', 'use-cases'],
  ['lambdas/*/adapters/*.ts', 'adapters'],
  ['lambdas/*/presenters/*.ts', 'presenters'],
  ['lambdas/*/handlers/**/*.ts', 'handlers'],
  ['lambdas/*/{wiring,*-wiring}.ts', 'wiring'],
  ['lib/**/*.ts', 'lib'],
  ['bin/*.ts', 'bin'],
  ['local/**/*.{ts,mjs}', 'local'],
  ['cli/generate/**/*.ts', 'generators'],
  ['cli/**/*.ts', 'cli'],
];

/** Undefined for a file that has no place in the layout. */
export const layerOf = (file: string): Layer | undefined =>
  LAYER_PATTERNS.find(([pattern]) => path.matchesGlob(file, pattern))?.[1];

/** What in a file breaks the rules, a line each; none for a good file. */
export function violationsOf({ file, text }: Source): readonly string[] {
  const layer = layerOf(file);
  if (layer === undefined) return [`${file} has no layer`];
  const own = file.split('/').slice(0, 2).join('/');
  const allowed = RULES[layer].map((pattern) => pattern.replace('<own>', own));
  return parseImports(text).flatMap(({ specifier, isType }) => {
    if (specifier === UNRESOLVED_IMPORT && file === BUNDLE_LOADER) return [];
    const target = specifier.startsWith('.')
      ? path.posix.join(path.posix.dirname(file), specifier)
      : specifier;
    const patterns = allowed.map((pattern) => (isType ? pattern.replace(/^type /, '') : pattern));
    if (patterns.some((pattern) => path.matchesGlob(target, pattern))) return [];
    return [`${file} (${layer}) imports ${isType ? 'type ' : ''}${target}`];
  });
}
