import { globSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const OUT = path.join(ROOT, '.build', 'lambdas');

/** The folder of each function's bundle, by `<context>/<handler>`. */
export type Bundles = ReadonlyMap<string, string>;

/**
 * Bundles every handler in one pass (a NodejsFunction each would start esbuild once for each function). A folder holds one
 * `index.mjs`, so an asset's hash changes with its own function only.
 */
export function bundleLambdas(): Bundles {
  const handlers = globSync('lambdas/*/handlers/*.ts', { cwd: ROOT }).sort();
  const names = handlers.map((file) => file.replace(/^lambdas\/(.+)\/handlers\/(.+)\.ts$/, '$1/$2'));
  buildSync({
    absWorkingDir: ROOT,
    entryPoints: Object.fromEntries(handlers.map((file, index) => [`${names[index]}/index`, file])),
    outdir: OUT,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    minify: true,
    keepNames: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    // A dependency that is CommonJS may call require, which an ES module has not.
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
    logLevel: 'warning',
  });
  return new Map(names.map((name) => [name, path.join(OUT, name)]));
}
