import { createHash } from 'node:crypto';
import {
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, buildSync } from 'esbuild';
import * as z from 'zod/mini';
import type { Config } from '../config.ts';
import { noticesOf } from './third-party-notices.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const OUT = path.join(ROOT, '.build', 'lambdas');
const NOTICES = 'THIRD_PARTY_NOTICES.txt';
const HASH_CHARACTERS = 16;
/** All that a bundle comes from: the lockfile stands for the packages. */
const INPUTS = ['lambdas/**/*.ts', 'lib/bundling/*.ts', 'package-lock.json', 'tsconfig.json'];
/** The hash of each bundle, by `<context>/<handler>`. */
const Hashes = z.record(z.string(), z.string());
/** As the wiring reads it. */
const PROVIDER_VARIABLE = ['process', 'env', 'PAYMENT_PROVIDER'].join('.');

/** The folder of each function's bundle, by `<context>/<handler>`. */
export type Bundles = ReadonlyMap<string, string>;

/**
 * Bundles every handler in one pass (a NodejsFunction each would start esbuild once for each function). A folder holds
 * `index.mjs` with the notices of what is in it, and is named by its content: an asset changes with its own function only, and
 * two that synthesize at the same time do not write over each other.
 */
export function bundleLambdas({ paymentProvider }: Pick<Config, 'paymentProvider'>): Bundles {
  const known =
    bundled.get(paymentProvider) ??
    ofOneSource(ROOT, (hash) => madeBefore(paymentProvider, hash) ?? bundle(paymentProvider, hash));
  bundled.set(paymentProvider, known);
  return known;
}

/** The sources do not change while a process synthesizes, for one stage or for several. */
const bundled = new Map<string, Bundles>();

/** What this process or another bundled from the same files: esbuild takes some seconds of a processor. */
function madeBefore(paymentProvider: string, inputs: string): Bundles | undefined {
  const file = hashesFile(paymentProvider, inputs);
  if (!existsSync(file)) return undefined;
  const hashes = Object.entries(Hashes.parse(JSON.parse(readFileSync(file, 'utf8'))));
  const folders = hashes.map(([name, hash]) => [name, path.join(OUT, name, hash)] as const);
  return folders.every(([, folder]) => existsSync(folder)) ? new Map(folders) : undefined;
}

const hashesFile = (paymentProvider: string, inputs: string): string =>
  path.join(OUT, `${paymentProvider}-${inputs}.json`);

const BUILD_TRIES_MAX = 5;

/**
 * Result of a build that read the same files as the hash it is stored under: builds again when an input was saved
 * meanwhile. Otherwise old code could be stored under the hash of the new code for good. Throws when the inputs
 * changed during each of 5 tries.
 */
export function ofOneSource<Result>(root: string, build: (inputsHash: string) => Result): Result {
  for (let tried = 0; tried < BUILD_TRIES_MAX; tried += 1) {
    const before = stampOf(root);
    const result = build(inputsHash(root));
    if (stampOf(root) === before) return result;
  }
  throw new Error(
    `the sources changed during each of ${BUILD_TRIES_MAX} builds: run it again when they are saved`,
  );
}

/** Names, sizes and change times of the inputs. A change time moves with every write, also when the content comes back. */
const stampOf = (root: string): string =>
  inputFiles(root)
    .map((file) => {
      const { size, ctimeNs } = statSync(path.join(root, file), { bigint: true });
      return `${file} ${size} ${ctimeNs}`;
    })
    .join('\n');

const inputFiles = (root: string): string[] => globSync(INPUTS, { cwd: root }).sort();

/** By the names and contents of all that bundles come from. */
export function inputsHash(root: string): string {
  const digest = createHash('sha256');
  for (const file of inputFiles(root))
    digest
      .update(`${file}\0`)
      .update(readFileSync(path.join(root, file)))
      .update('\0');
  return digest.digest('hex').slice(0, HASH_CHARACTERS);
}

/** Parts of the SDK that no function uses and every client brings along; what stands for them says so if one is used. docs/adr/0018 */
const LEFT_OUT = [
  '@aws-sdk/credential-provider-node',
  '@aws-sdk/endpoint-cache',
  '@smithy/core/event-streams',
];

/** How every bundle is made, from the project's root. */
export const BUNDLED = {
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
  alias: Object.fromEntries(LEFT_OUT.map((name) => [name, './lib/bundling/sdk-stubs.ts'])),
  // A dependency that is CommonJS may call require, which an ES module has not.
  banner: {
    js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);",
  },
  logLevel: 'warning',
} as const satisfies BuildOptions;

function bundle(paymentProvider: string, inputs: string): Bundles {
  const handlers = globSync('lambdas/*/handlers/**/*.ts', { cwd: ROOT }).sort();
  const names = handlers.map((file) =>
    file.replace(/^lambdas\/([^/]+)\/handlers\/(?:.+\/)?([^/]+)\.ts$/, '$1/$2'),
  );
  const { outputFiles, metafile } = buildSync({
    ...BUNDLED,
    entryPoints: Object.fromEntries(handlers.map((file, index) => [`${names[index]}`, file])),
    outdir: OUT,
    // What another provider needs is left out.
    define: { [PROVIDER_VARIABLE]: JSON.stringify(paymentProvider) },
  });
  const made = new Map(
    outputFiles.map((file) => {
      const read = metafile.outputs[path.relative(ROOT, file.path)]?.inputs ?? {};
      const files = { 'index.mjs': file.contents, [NOTICES]: noticesOf(Object.keys(read), ROOT) };
      return [nameOf(file.path), writeOnce(nameOf(file.path), files)];
    }),
  );
  const hashes = Object.fromEntries(
    [...made].map(([name, folder]) => [name, path.basename(folder)]),
  );
  const unfinished = path.join(mkdtempSync(path.join(OUT, 'unfinished-')), 'hashes.json');
  writeFileSync(unfinished, JSON.stringify(hashes));
  renameSync(unfinished, hashesFile(paymentProvider, inputs));
  rmSync(path.dirname(unfinished), { recursive: true });
  return made;
}

const nameOf = (file: string): string =>
  path.relative(OUT, file).replace(/\.js$/, '').split(path.sep).join('/');

/** What the folder of a bundle is called, by its files. */
export function bundleHash(files: Readonly<Record<string, string | Uint8Array>>): string {
  const digest = createHash('sha256');
  for (const file of Object.keys(files).sort()) digest.update(files[file] ?? '');
  return digest.digest('hex').slice(0, HASH_CHARACTERS);
}

function writeOnce(name: string, files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = path.join(OUT, name, bundleHash(files));
  if (existsSync(folder)) return folder;
  const unfinished = mkdtempSync(path.join(mkdirs(path.join(OUT, name)), 'unfinished-'));
  for (const [file, contents] of Object.entries(files))
    writeFileSync(path.join(unfinished, file), contents);
  try {
    renameSync(unfinished, folder);
  } catch (fault) {
    // Another synthesis was quicker, with the same content.
    if (!existsSync(folder)) throw fault;
    rmSync(unfinished, { recursive: true });
  }
  return folder;
}

function mkdirs(folder: string): string {
  mkdirSync(folder, { recursive: true });
  return folder;
}
