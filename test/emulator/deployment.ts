import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { synthesize } from '../../local/cloud-assembly/synthesize.ts';
import { type Environment, runCommand, StepError, WORK_FOLDER } from './command.ts';

/** Account of the emulator's default credentials. */
const ACCOUNT = '000000000000';
const REGION = 'us-east-1';

/** The CDK's command line. */
const CDK = path.join(
  path.dirname(createRequire(import.meta.url).resolve('aws-cdk/package.json')),
  'bin',
  'cdk',
);

export type Deployment = {
  /** Folder of the cloud assembly that was deployed. */
  readonly assembly: string;
  /** Outputs of all stacks by name. */
  readonly outputs: Readonly<Record<string, string>>;
  readonly apiId: string;
};

type CommandContext = { readonly env: Environment; readonly signal: AbortSignal };

/** Prepares the account for the CDK, as `cdk bootstrap` does in AWS. */
export async function bootstrap({ env, signal }: CommandContext): Promise<void> {
  const args = [CDK, 'bootstrap', `aws://${ACCOUNT}/${REGION}`, '--ci', '--no-notices'];
  // In a folder without a cdk.json: the app is not synthesized for this.
  await runCommand({
    logName: 'bootstrap',
    program: process.execPath,
    args,
    env,
    cwd: path.join(WORK_FOLDER, 'run', 'empty'),
    signal,
  });
}

/**
 * Synthesizes the app with this context and deploys all of its stacks. `name` is that of the
 * deployment's folder and log.
 */
export async function deploy(
  name: string,
  context: Readonly<Record<string, string>>,
  { env, signal }: CommandContext,
): Promise<Deployment> {
  const assembly = path.join(WORK_FOLDER, 'run', name);
  const outputsFile = `${assembly}.outputs.json`;
  await synthesize({ app: 'bin/app.ts', context, outDir: assembly });
  const args = [CDK, 'deploy', '--all', '--app', assembly, '--outputs-file', outputsFile];
  const options = ['--require-approval', 'never', '--ci', '--no-notices', '--progress', 'events'];
  await runCommand({
    logName: name,
    program: process.execPath,
    args: [...args, ...options],
    env,
    signal,
  });
  const stacks: Readonly<Record<string, Deployment['outputs']>> = JSON.parse(
    readFileSync(outputsFile, 'utf8'),
  );
  const outputs = Object.assign({}, ...Object.values(stacks)) as Deployment['outputs'];
  const apiId = /\/\/(\w+)\./.exec(outputs.ApiUrl ?? '')?.[1];
  if (apiId === undefined) throw new StepError('No stack has an output ApiUrl.');
  return { assembly, outputs, apiId };
}
