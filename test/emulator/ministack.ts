import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { findFreePort } from '../../local/ports.ts';
import { type Environment, LOG_FOLDER, runCommand, StepError, WORK_FOLDER } from './command.ts';
import { PYTHON, programPath } from './python.ts';

export type Emulator = {
  /** Environment in which the AWS SDK, the CDK and boto3 reach the emulator instead of AWS. */
  readonly env: Environment;
  readonly endpoint: string;
  readonly stop: () => Promise<void>;
};

/** Folder of the data of a run. It is emptied when a run starts. */
const RUN_FOLDER = path.join(WORK_FOLDER, 'run');
const START_MILLISECONDS_MAX = 60_000;
const STOP_MILLISECONDS_MAX = 10_000;
const POLL_MILLISECONDS = 200;
/**
 * Seconds for which an idle function keeps its process. A cold start takes longer here than in AWS.
 */
const IDLE_FUNCTION_SECONDS = 300;

/**
 * Starts MiniStack on a free port of the loopback address. It verifies signatures and evaluates the
 * IAM policies of identities and resources, and speaks TLS only: the policies of queues and topics
 * refuse everything else.
 */
export async function startEmulator(signal: AbortSignal): Promise<Emulator> {
  rmSync(RUN_FOLDER, { recursive: true, force: true });
  for (const name of ['state', 's3', 'tmp', 'empty'])
    mkdirSync(path.join(RUN_FOLDER, name), { recursive: true });
  // MiniStack's worker of a Node function is CommonJS; this project's package.json declares .js
  // files as modules.
  writeFileSync(path.join(RUN_FOLDER, 'package.json'), '{ "type": "commonjs" }\n');
  mkdirSync(LOG_FOLDER, { recursive: true });
  const certificate = path.join(RUN_FOLDER, 'certificate.pem');
  const key = path.join(RUN_FOLDER, 'key.pem');
  await runCommand({
    logName: 'certificate',
    program: PYTHON,
    args: [programPath('certificate.py'), certificate, key],
    env: {},
    signal,
  });

  const port = await findFreePort();
  const endpoint = `https://localhost:${port}`;
  const env = {
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_SESSION_TOKEN: undefined,
    AWS_PROFILE: undefined,
    AWS_REGION: 'us-east-1',
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_CA_BUNDLE: certificate,
    NODE_EXTRA_CA_CERTS: certificate,
    NODE_OPTIONS: `--require ${JSON.stringify(programPath('resolve-localhost.cjs'))}`,
    CDK_DISABLE_CLI_TELEMETRY: 'true',
  };
  const log = openSync(path.join(LOG_FOLDER, 'ministack.log'), 'w');
  const child = spawn(PYTHON, ['-m', 'ministack'], {
    cwd: RUN_FOLDER,
    // A process group of its own, with the processes of the functions: it is stopped as one.
    detached: true,
    stdio: ['ignore', log, log],
    env: {
      ...process.env,
      ...env,
      AWS_ENDPOINT_URL: undefined,
      // The functions run on the Node that runs this check.
      PATH: `${path.dirname(process.execPath)}${path.delimiter}${process.env.PATH ?? ''}`,
      AUTH: 'true',
      USE_SSL: '1',
      MINISTACK_SSL_CERT: certificate,
      MINISTACK_SSL_KEY: key,
      SSL_CERT_FILE: certificate,
      BIND_HOST: '127.0.0.1',
      GATEWAY_PORT: String(port),
      SFTP_ENABLED: '0',
      IOT_MTLS_ENABLED: '0',
      STATE_DIR: path.join(RUN_FOLDER, 'state'),
      S3_DATA_DIR: path.join(RUN_FOLDER, 's3'),
      TMPDIR: path.join(RUN_FOLDER, 'tmp'),
      LAMBDA_WARM_TTL_SECONDS: String(IDLE_FUNCTION_SECONDS),
      LOG_LEVEL: 'INFO',
    },
  });
  closeSync(log);
  const processGroupId = child.pid ?? 0;
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const kill = (name: NodeJS.Signals): void => {
    try {
      process.kill(-processGroupId, name);
    } catch {
      // The whole group has ended.
    }
  };
  const killNow = () => kill('SIGKILL');
  process.once('exit', killNow);
  const stop = async (): Promise<void> => {
    kill('SIGTERM');
    await Promise.race([exited, delay(STOP_MILLISECONDS_MAX, undefined, { ref: false })]);
    killNow();
    process.off('exit', killNow);
  };

  try {
    await waitUntilHealthy({
      endpoint,
      ca: readFileSync(certificate),
      hasExited: () => child.exitCode !== null,
      signal,
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return { env, endpoint, stop };
}

type HealthCheck = {
  readonly endpoint: string;
  readonly ca: Buffer;
  readonly hasExited: () => boolean;
  readonly signal: AbortSignal;
};

async function waitUntilHealthy({ endpoint, ca, hasExited, signal }: HealthCheck): Promise<void> {
  const deadline = Date.now() + START_MILLISECONDS_MAX;
  while (!(await isHealthy(`${endpoint}/_ministack/health`, ca))) {
    signal.throwIfAborted();
    if (hasExited() || Date.now() > deadline)
      throw new StepError(
        `MiniStack did not start. Its log: ${path.join(LOG_FOLDER, 'ministack.log')}`,
      );
    await delay(POLL_MILLISECONDS);
  }
}

const isHealthy = (url: string, ca: Buffer): Promise<boolean> =>
  new Promise((resolve) => {
    get(url, { ca }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    }).once('error', () => resolve(false));
  });
