import path from 'node:path';
import { parseImports, type Source, UNRESOLVED_IMPORT } from './sources.ts';

/**
 * Allowed imports of each layer. A pattern is a glob of a path from the project's root, or of a
 * package. `<own>` is the folder of the file's own context, and the prefix `type ` allows
 * `import type` only. Everything else is forbidden: contexts cannot import each other, and a new
 * library of a layer needs a line here.
 */
const RULES = {
  contracts: [
    'lambdas/contracts/**',
    'lambdas/shared/{core/result,events/delivery-times}.ts',
    'zod/mini',
  ],
  // Contracts define what contexts exchange: a domain may use their types, but runs none of their
  // code.
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
    // An adapter implements a port, which a use case defines: its types and the errors it may
    // throw.
    '<own>/use-cases/{ports,audit/audit-ports}.ts',
    'lambdas/{contracts,shared}/**',
    '@aws-sdk/*',
    '@smithy/*',
    'node:timers/promises',
    'stripe',
    'zod/mini',
  ],
  // Presenters format the results of use cases, so they need the types only.
  presenters: [
    '<own>/{presenters,domain}/**',
    'type <own>/use-cases/**',
    'lambdas/contracts/**',
    'lambdas/shared/core/{instant,defined}.ts',
  ],
  // The wiring creates the caches, which keep their state between the requests of an instance.
  wiring: ['<own>/adapters/**', '<own>/use-cases/**/*-cache.ts', 'lambdas/shared/**', '@aws-sdk/*'],
  handlers: [
    '<own>/{use-cases,presenters}/**',
    '<own>/{wiring,*-wiring}.ts',
    'lambdas/{contracts,shared}/**',
    '@middy/core',
    'type aws-lambda',
  ],
  // Files of `shared` that domains may import: pure functions.
  core: [
    'lambdas/shared/core/{result,instant,history,defined,next-version,same-value}.ts',
    'lambdas/shared/events/event-detail.ts',
  ],
  // Further files of `shared` that use cases may import: no clock, no randomness, no AWS.
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
    // Replaces the SDK's other credential providers in the bundles.
    '@aws-sdk/credential-provider-env',
    'esbuild',
    'zod/mini',
  ],
  bin: ['lib/**', 'aws-cdk-lib', 'aws-cdk-lib/*'],
  local: [
    'local/**',
    'client/src/**',
    // The templates' alarms and the local schedules must parse schedule expressions in the same
    // way.
    'lib/schedule-expression.ts',
    // Bundles and assemblies are kept under the hash of their sources.
    'lib/bundling/input-files.ts',
    'node:*',
    'node:*/*',
    '@aws-sdk/*',
    '@aws/lambda-invoke-store',
    '@commander-js/extra-typings',
    '@hono/node-server',
    'aws-local-stepfunctions',
    'aws4fetch',
    'cli-table3',
    'fauxqs',
    'hono',
    'jose',
    'p-limit',
    'zod/mini',
  ],
  cli: [
    'cli/**',
    'client/src/**',
    // Types of the API's responses, which are defined once.
    'type lambdas/contracts/**',
    'lambdas/contracts/api/dead-letters.ts',
    'local/{errors,endpoints-file,api/request-local-token,terminal/table}.ts',
    'local/faults/{fault,request-faults}.ts',
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
  // Generate documents from the contracts and from other declarations.
  generators: [
    'cli/generate/**',
    'client/generate/**',
    'lambdas/{contracts,shared}/**',
    'lib/**',
    // The tests of stack updates synthesize the templates whose exports are recorded.
    'test/support/infra/record-exports.ts',
    'anser',
    'node:*',
    'node:*/*',
    'zod',
    'zod/mini',
  ],
  // A package with its dependencies, for programs outside of this repository.
  client: ['client/src/**', 'aws4fetch', 'openapi-fetch'],
  'client types': ['client/generate/**', 'node:*', 'openapi-typescript'],
  // Runs outside of this repository: nothing of it may be imported.
  examples: ['node:*', 'node:*/*', 'aws4fetch'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type Layer = keyof typeof RULES;
export const LAYERS = Object.keys(RULES) as readonly Layer[];

/** Imports each bundle by the path in the template of its function. */
const BUNDLE_LOADER = 'local/functions/function-worker.ts';

/** Files of each layer. The first matching pattern decides. */
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
  ['lambdas/*/adapters/**/*.ts', 'adapters'],
  ['lambdas/*/presenters/*.ts', 'presenters'],
  ['lambdas/*/handlers/**/*.ts', 'handlers'],
  ['lambdas/*/{wiring,*-wiring}.ts', 'wiring'],
  ['lib/**/*.ts', 'lib'],
  ['bin/*.ts', 'bin'],
  ['local/**/*.{ts,mjs}', 'local'],
  ['cli/generate/**/*.ts', 'generators'],
  ['cli/**/*.ts', 'cli'],
  ['client/src/**/*.ts', 'client'],
  ['client/generate/**/*.ts', 'client types'],
  ['examples/**/*.mjs', 'examples'],
];

/** Returns the layer of a file, or undefined if the file has no place in the layout. */
export const layerOf = (file: string): Layer | undefined =>
  LAYER_PATTERNS.find(([pattern]) => path.matchesGlob(file, pattern))?.[1];

/** Returns each violation of the rules in a file as one line. */
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
