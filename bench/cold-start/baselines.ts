import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type BuildOptions, buildSync } from 'esbuild';
import { ESBUILD_OPTIONS } from '../../lib/bundling/bundle-lambdas.ts';
import type { RecordedRequest } from './replay-proxy.ts';

/** Options of the bundles, without the stubs. */
export const FULL_BUNDLE_OPTIONS: BuildOptions = { ...ESBUILD_OPTIONS, alias: {} };
const TARGET = /^DynamoDB_\d+\.(\w+)$/;

/**
 * Builds the minimal function that sends the same requests to DynamoDB, one after the other: a
 * client, and the recorded commands. Built by esbuild with the options of the project's own
 * bundles.
 */
export function buildSdkOnlyBundle(
  folder: string,
  calls: readonly RecordedRequest[],
  options: BuildOptions,
): string {
  const sent = calls.map(({ name, body }) => {
    const operation = TARGET.exec(name)?.[1];
    if (operation === undefined) throw new Error(`The SDK-only bundle cannot send ${name}.`);
    return { command: `${operation}Command`, body };
  });
  const commands = [...new Set(sent.map(({ command }) => command))].sort();
  const source = [
    `import { DynamoDBClient, ${commands.join(', ')} } from '@aws-sdk/client-dynamodb';`,
    'const client = new DynamoDBClient({});',
    'export const handler = async () => {',
    ...sent.map(({ command, body }) => `  await client.send(new ${command}(${body}));`),
    '};',
  ].join('\n');
  return buildBundle(folder, source, options);
}

/** Builds a function that does nothing: the time that a process takes to load any file. */
export const buildEmptyBundle = (folder: string): string =>
  buildBundle(folder, 'export const handler = async () => {};', ESBUILD_OPTIONS);

/** Builds the bundle of a function without stubs (docs/adr/0018-stub-unused-sdk-packages.md). */
export const buildFullBundle = (folder: string, name: string): string =>
  buildBundle(
    folder,
    `export * from '../cold/lambdas/${name.replace('/', '/handlers/')}.ts';`,
    FULL_BUNDLE_OPTIONS,
  );

function buildBundle(folder: string, source: string, options: BuildOptions): string {
  const { outputFiles = [] } = buildSync({
    ...options,
    stdin: { contents: source, resolveDir: ESBUILD_OPTIONS.absWorkingDir },
    write: false,
    outdir: folder,
  });
  const [file] = outputFiles;
  if (file === undefined) throw new Error('esbuild returned no output.');
  const made = path.join(folder, 'index.mjs');
  mkdirSync(folder, { recursive: true });
  writeFileSync(made, file.contents);
  return made;
}
