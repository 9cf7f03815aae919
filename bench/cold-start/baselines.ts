import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type BuildOptions, buildSync } from 'esbuild';
import { ESBUILD_OPTIONS } from '../../lib/bundling/bundle-lambdas.ts';
import type { RecordedRequest } from './replay-proxy.ts';

/** The options of the bundles, but for what is left out of them. */
export const FULL_BUNDLE_OPTIONS: BuildOptions = { ...ESBUILD_OPTIONS, alias: {} };
const TARGET = /^DynamoDB_\d+\.(\w+)$/;

/**
 * What a function would be that does nothing but to send the same requests to DynamoDB, one after the other: a client, and the commands
 * that were recorded. Made by esbuild with the options of the project's own bundles.
 */
export function buildSdkOnlyBundle(
  folder: string,
  calls: readonly RecordedRequest[],
  options: BuildOptions,
): string {
  const sent = calls.map(({ name, body }) => {
    const operation = TARGET.exec(name)?.[1];
    if (operation === undefined) throw new Error(`the SDK-only bundle cannot send ${name}`);
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

/** A function that does nothing: what a process takes to load a file at all. */
export const buildEmptyBundle = (folder: string): string =>
  buildBundle(folder, 'export const handler = async () => {};', ESBUILD_OPTIONS);

/** The bundle of a function as it would be if nothing were left out (docs/adr/0018). */
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
  if (file === undefined) throw new Error('esbuild made nothing');
  const made = path.join(folder, 'index.mjs');
  mkdirSync(folder, { recursive: true });
  writeFileSync(made, file.contents);
  return made;
}
