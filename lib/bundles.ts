import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import type { Config } from './config.ts';
import { noticesOf } from './notices.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const OUT = path.join(ROOT, '.build', 'lambdas');
const NOTICES = 'THIRD_PARTY_NOTICES.txt';
const HASH_CHARACTERS = 16;
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
  const known = bundled.get(paymentProvider) ?? bundle(paymentProvider);
  bundled.set(paymentProvider, known);
  return known;
}

/** The sources do not change while a process synthesizes, for one stage or for several. */
const bundled = new Map<string, Bundles>();

function bundle(paymentProvider: string): Bundles {
  const handlers = globSync('lambdas/*/handlers/*.ts', { cwd: ROOT }).sort();
  const names = handlers.map((file) => file.replace(/^lambdas\/(.+)\/handlers\/(.+)\.ts$/, '$1/$2'));
  const { outputFiles, metafile } = buildSync({
    absWorkingDir: ROOT,
    entryPoints: Object.fromEntries(handlers.map((file, index) => [`${names[index]}`, file])),
    outdir: OUT,
    write: false,
    metafile: true,
    bundle: true,
    minify: true,
    keepNames: true,
    // What another provider needs is left out.
    define: { [PROVIDER_VARIABLE]: JSON.stringify(paymentProvider) },
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    // A dependency that is CommonJS may call require, which an ES module has not.
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
    logLevel: 'warning',
  });
  return new Map(
    outputFiles.map((file) => {
      const inputs = metafile.outputs[path.relative(ROOT, file.path)]?.inputs ?? {};
      const files = { 'index.mjs': file.contents, [NOTICES]: noticesOf(Object.keys(inputs), ROOT) };
      return [nameOf(file.path), writeOnce(nameOf(file.path), files)];
    }),
  );
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
  for (const [file, contents] of Object.entries(files)) writeFileSync(path.join(unfinished, file), contents);
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
