import { createHash } from 'node:crypto';
import {
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, buildSync } from 'esbuild';
import * as z from 'zod/mini';
import type { Config } from '../config.ts';
import { HASH_CHARACTERS, hashFiles, stampFiles } from './input-files.ts';
import { thirdPartyNotices } from './third-party-notices.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const OUTPUT_FOLDER = path.join(ROOT, '.build', 'lambdas');
const NOTICES_FILE = 'THIRD_PARTY_NOTICES.txt';
/** All sources of a bundle. The lockfile represents the packages. */
const INPUT_GLOBS = [
  'lambdas/**/*.ts',
  'lib/bundling/*.ts',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
];
/** The hash of each bundle, by `<context>/<handler>`. */
const BundleHashes = z.record(z.string(), z.string());
/**
 * Expression with which the wiring reads the provider. It is concatenated, because a test forbids
 * access to the environment in other files.
 */
const PROVIDER_VARIABLE = ['process', 'env', 'PAYMENT_PROVIDER'].join('.');

/** Folder of each function's bundle, by `<context>/<handler>`. */
export type Bundles = ReadonlyMap<string, string>;

/**
 * Bundles every handler in one pass (NodejsFunction would start esbuild once for each function). A
 * folder contains `index.mjs` and the notices of its packages. Its name is a hash of its content,
 * so an asset changes only with its own function, and two concurrent syntheses do not overwrite
 * each other.
 */
export function bundleLambdas({ paymentProvider }: Pick<Config, 'paymentProvider'>): Bundles {
  const bundles =
    bundlesByProvider.get(paymentProvider) ??
    buildFromStableInputs(
      ROOT,
      (hash) => fromCache(paymentProvider, hash) ?? buildBundles(paymentProvider, hash),
    );
  bundlesByProvider.set(paymentProvider, bundles);
  return bundles;
}

/** Cached: the sources do not change while a process synthesizes one or several stages. */
const bundlesByProvider = new Map<string, Bundles>();

/**
 * Returns bundles that an earlier build made from the same inputs, because esbuild takes seconds.
 */
function fromCache(paymentProvider: string, hashOfInputs: string): Bundles | undefined {
  const file = hashesFile(paymentProvider, hashOfInputs);
  if (!existsSync(file)) return undefined;
  const hashes = Object.entries(BundleHashes.parse(JSON.parse(readFileSync(file, 'utf8'))));
  const folders = hashes.map(
    ([name, hash]) => [name, path.join(OUTPUT_FOLDER, name, hash)] as const,
  );
  return folders.every(([, folder]) => existsSync(folder)) ? new Map(folders) : undefined;
}

const hashesFile = (paymentProvider: string, hashOfInputs: string): string =>
  path.join(OUTPUT_FOLDER, `${paymentProvider}-${hashOfInputs}.json`);

const BUILD_ATTEMPTS_MAX = 5;

/**
 * Returns the result of a build whose inputs did not change meanwhile. Repeats the build if an
 * input was saved during it: otherwise old code could be stored permanently under the hash of new
 * code. Throws if the inputs change during each of 5 attempts.
 */
export function buildFromStableInputs<Result>(
  root: string,
  build: (inputsHash: string) => Result,
): Result {
  for (let attempt = 0; attempt < BUILD_ATTEMPTS_MAX; attempt += 1) {
    const stampBefore = stampFiles(root, INPUT_GLOBS);
    const result = build(hashInputs(root));
    if (stampFiles(root, INPUT_GLOBS) === stampBefore) return result;
  }
  throw new Error(
    `The sources changed during each of ${BUILD_ATTEMPTS_MAX} builds. Save all files and run the command again.`,
  );
}

/** Returns a hash of the names and contents of all inputs of bundles. */
export const hashInputs = (root: string): string => hashFiles(root, INPUT_GLOBS);

/**
 * Packages of the SDK that every client imports and no function uses. Each is replaced by a stub
 * that throws if it is used. docs/adr/0018
 */
const STUBBED_PACKAGES = [
  '@aws-sdk/credential-provider-node',
  '@aws-sdk/endpoint-cache',
  '@smithy/core/event-streams',
];

/** Options of every bundle. Paths are relative to the project's root. */
export const ESBUILD_OPTIONS = {
  absWorkingDir: ROOT,
  write: false,
  metafile: true,
  bundle: true,
  minify: true,
  keepNames: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  mainFields: ['module', 'main'],
  alias: Object.fromEntries(STUBBED_PACKAGES.map((name) => [name, './lib/bundling/sdk-stubs.ts'])),
  // A CommonJS dependency may call require, which an ES module does not have.
  banner: {
    js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);",
  },
  logLevel: 'warning',
} as const satisfies BuildOptions;

function buildBundles(paymentProvider: string, hashOfInputs: string): Bundles {
  const handlers = globSync('lambdas/*/handlers/**/*.ts', { cwd: ROOT }).sort();
  const names = handlers.map((file) =>
    file.replace(/^lambdas\/([^/]+)\/handlers\/(?:.+\/)?([^/]+)\.ts$/, '$1/$2'),
  );
  const { outputFiles, metafile } = buildSync({
    ...ESBUILD_OPTIONS,
    entryPoints: Object.fromEntries(handlers.map((file, index) => [`${names[index]}`, file])),
    outdir: OUTPUT_FOLDER,
    // What another provider needs is left out.
    define: { [PROVIDER_VARIABLE]: JSON.stringify(paymentProvider) },
  });
  const folders = new Map(
    outputFiles.map((file) => {
      const read = metafile.outputs[path.relative(ROOT, file.path)]?.inputs ?? {};
      const files = {
        'index.mjs': file.contents,
        [NOTICES_FILE]: thirdPartyNotices(Object.keys(read), ROOT),
      };
      return [bundleNameOf(file.path), writeIfAbsent(bundleNameOf(file.path), files)];
    }),
  );
  const hashes = Object.fromEntries(
    [...folders].map(([name, folder]) => [name, path.basename(folder)]),
  );
  const unfinished = path.join(mkdtempSync(path.join(OUTPUT_FOLDER, 'unfinished-')), 'hashes.json');
  writeFileSync(unfinished, JSON.stringify(hashes));
  renameSync(unfinished, hashesFile(paymentProvider, hashOfInputs));
  rmSync(path.dirname(unfinished), { recursive: true });
  return folders;
}

const bundleNameOf = (file: string): string =>
  path.relative(OUTPUT_FOLDER, file).replace(/\.js$/, '').split(path.sep).join('/');

/** Returns the name of a bundle's folder: a hash of its files. */
export function hashBundle(files: Readonly<Record<string, string | Uint8Array>>): string {
  const digest = createHash('sha256');
  for (const file of Object.keys(files).sort()) digest.update(files[file] ?? '');
  return digest.digest('hex').slice(0, HASH_CHARACTERS);
}

function writeIfAbsent(name: string, files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = path.join(OUTPUT_FOLDER, name, hashBundle(files));
  if (existsSync(folder)) return folder;
  const unfinished = mkdtempSync(
    path.join(ensureFolder(path.join(OUTPUT_FOLDER, name)), 'unfinished-'),
  );
  for (const [file, contents] of Object.entries(files))
    writeFileSync(path.join(unfinished, file), contents);
  try {
    renameSync(unfinished, folder);
  } catch (error) {
    // Another synthesis has written the same content.
    if (!existsSync(folder)) throw error;
    rmSync(unfinished, { recursive: true });
  }
  return folder;
}

function ensureFolder(folder: string): string {
  mkdirSync(folder, { recursive: true });
  return folder;
}
