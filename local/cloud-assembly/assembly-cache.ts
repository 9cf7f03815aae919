import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import { hashFiles, hashText } from '../../lib/bundling/input-files.ts';
import { UserError } from '../errors.ts';
import { readAssets } from './cloud-assembly.ts';
import { ROOT, type SynthesisOptions, synthesize } from './synthesize.ts';

const FOLDER = path.join(ROOT, '.build', 'assemblies');
/**
 * Makes an assembly refer to the bundles instead of copying them, which saves 28 MB each.
 * https://github.com/aws/aws-cdk/blob/main/packages/@aws-cdk/cx-api/README.md
 */
const DISABLE_ASSET_STAGING = 'aws:cdk:disable-asset-staging';
const KEPT_DAYS = 7;
const MILLISECONDS_PER_DAY = 24 * 60 * 60 * 1_000;
const ATTEMPTS_MAX = 5;

/** Sources of an assembly besides the app's own folder. The lockfile represents the packages. */
const INPUT_GLOBS = [
  'lib/**/*.ts',
  'lambdas/**/*.ts',
  'config/*.json',
  'cdk.json',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
];

/**
 * Returns the folder of an app's cloud assembly. Synthesizes the app only when no earlier synthesis
 * had the same sources and context. The folder is shared by processes, so nothing may change it.
 * Throws a UserError when the app cannot be synthesized.
 */
export async function assemblyOf(options: Omit<SynthesisOptions, 'outDir'>): Promise<string> {
  await mkdir(FOLDER, { recursive: true });
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    const hash = hashInputs(options);
    const folder = path.join(FOLDER, hash);
    const now = new Date();
    if (isComplete(folder)) {
      await utimes(folder, now, now);
      return folder;
    }
    await removeUnused(now);
    const unfinished = await mkdtemp(path.join(FOLDER, 'unfinished-'));
    try {
      const outDir = path.join(unfinished, 'cdk.out');
      const context = { ...options.context, [DISABLE_ASSET_STAGING]: 'true' };
      await synthesize({ ...options, context, outDir });
      // Otherwise the result of the old sources could be kept under the hash of new ones.
      if (hashInputs(options) !== hash) continue;
      await replaceFolder(outDir, folder);
      return folder;
    } finally {
      await rm(unfinished, { recursive: true, force: true });
    }
  }
  throw new UserError(
    `The sources changed during each of ${ATTEMPTS_MAX} syntheses. Save all files and run the command again.`,
  );
}

function hashInputs({ app, context }: Omit<SynthesisOptions, 'outDir'>): string {
  const { settingsFile } = context;
  const globs = [`${path.dirname(app)}/**/*.ts`, ...INPUT_GLOBS];
  if (settingsFile !== undefined) globs.push(settingsFile);
  return hashText(JSON.stringify([app, context, hashFiles(ROOT, globs)]));
}

/** Returns whether a synthesis has finished, and the code of its functions still exists. */
const isComplete = (folder: string): boolean =>
  existsSync(path.join(folder, 'manifest.json')) &&
  [...readAssets(folder).values()].every(existsSync);

/** Moves a new assembly to its place, unless another process has done so with the same content. */
async function replaceFolder(from: string, to: string): Promise<void> {
  if (isComplete(to)) return;
  await rm(to, { recursive: true, force: true });
  try {
    await rename(from, to);
  } catch (error) {
    if (!isComplete(to)) throw error;
  }
}

/** Removes the assemblies, and parts of interrupted syntheses, that nothing has used for days. */
async function removeUnused(now: Date): Promise<void> {
  for (const name of await readdir(FOLDER)) {
    const folder = path.join(FOLDER, name);
    const used = await stat(folder).catch(() => undefined);
    if (used !== undefined && now.getTime() - used.mtimeMs > KEPT_DAYS * MILLISECONDS_PER_DAY)
      await rm(folder, { recursive: true, force: true });
  }
}
