import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type BuildOptions, buildSync } from 'esbuild';
import { BUNDLED } from '../../lib/bundling/bundle-lambdas.ts';
import type { Call } from './recorder.ts';

/** The options of the bundles, but for what is left out of them. */
export const UNSLIMMED: BuildOptions = { ...BUNDLED, alias: {} };
const TARGET = /^DynamoDB_\d+\.(\w+)$/;

/**
 * What a function would be that does nothing but to send the same requests to DynamoDB, one after the other: a client, and the commands
 * that were recorded. Made by esbuild with the options of the project's own bundles.
 */
export function sdkOnly(folder: string, calls: readonly Call[], options: BuildOptions): string {
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
  return bundled(folder, source, options);
}

/** A function that does nothing: what a process takes to load a file at all. */
export const nothing = (folder: string): string =>
  bundled(folder, 'export const handler = async () => {};', BUNDLED);

/** The bundle of a function as it would be if nothing were left out (docs/adr/0018). */
export const unslimmed = (folder: string, name: string): string =>
  bundled(
    folder,
    `export * from '../cold/lambdas/${name.replace('/', '/handlers/')}.ts';`,
    UNSLIMMED,
  );

function bundled(folder: string, source: string, options: BuildOptions): string {
  const { outputFiles = [] } = buildSync({
    ...options,
    stdin: { contents: source, resolveDir: BUNDLED.absWorkingDir },
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
