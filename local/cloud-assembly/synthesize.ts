import { execFile } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as z from 'zod/mini';
import { UserError } from '../errors.ts';
import { loadFactor } from '../load-factor.ts';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const CdkJson = z.object({ context: z.optional(z.record(z.string(), z.unknown())) });

/** Twenty times the usual duration; a longer synthesis hangs. */
const SYNTHESIS_MILLISECONDS_MAX = 120_000;
const OUTPUT_BYTES_MAX = 10 * 1024 * 1024;

export type SynthesisOptions = {
  /** Program of the CDK app, as a path from the project's root. */
  readonly app: string;
  readonly context: Readonly<Record<string, string>>;
  readonly outDir: string;
};

/**
 * Runs the CDK app as `cdk synth` does, in its own process but without the CLI, which takes some
 * seconds more.
 */
export async function synthesize({ app, context, outDir }: SynthesisOptions): Promise<void> {
  const cdk = CdkJson.parse(JSON.parse(await readFile(path.join(ROOT, 'cdk.json'), 'utf8')));
  await rm(outDir, { recursive: true, force: true });
  try {
    await promisify(execFile)(process.execPath, [path.resolve(ROOT, app)], {
      cwd: ROOT,
      timeout: SYNTHESIS_MILLISECONDS_MAX * loadFactor(),
      maxBuffer: OUTPUT_BYTES_MAX,
      env: {
        ...process.env,
        // The CDK is large: V8's compiled code of the first start saves a second of each later one.
        NODE_COMPILE_CACHE: path.join(ROOT, '.local', 'compile-cache'),
        CDK_OUTDIR: outDir,
        // CloudFormation's rules take half of a synthesis. `npm run synth` and CI check them.
        CDK_VALIDATION: 'false',
        // The settings are the same on every machine, unless the caller names a file.
        CDK_CONTEXT_JSON: JSON.stringify({ ...cdk.context, settingsFile: 'none', ...context }),
      },
    });
  } catch (error) {
    throw new UserError(`The CDK app ${app} could not be synthesized.\n${errorOutputOf(error)}`, {
      cause: error,
    });
  }
}

function errorOutputOf(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'stderr' in error && error.stderr)
    return String(error.stderr);
  return error instanceof Error ? error.message : String(error);
}
