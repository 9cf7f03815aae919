import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod/mini';
import { ROOT } from '../../local/cloud-assembly/synthesize.ts';
import {
  type InvalidToken,
  signInvalidTokens,
  tokenVariableOf,
} from '../support/e2e/invalid-tokens.ts';
import { type Environment, lastLineOf, runCommand, StepError } from './command.ts';
import type { Deployment } from './deployment.ts';
import type { IssuerServer } from './issuer-server.ts';
import type { Emulator } from './ministack.ts';
import { PYTHON, programPath } from './python.ts';

/**
 * Short enough for the tests that wait until a hold expires, and longer than cold functions take to
 * place and pay an order.
 */
export const HOLD_SECONDS = 20;

/**
 * Buyers at once of one test. Each takes two processes of functions here, where AWS has as many
 * cores as functions.
 */
const BUYERS_AT_ONCE = '20';
/** Origin whose pages may call the API. */
export const ALLOWED_ORIGIN = 'https://shop.example';
const RESULTS_NAME = 'emulator-results';
const STAGE = 'dev';

const Results = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      message: z.optional(z.string()),
      assertionResults: z.array(z.object({ status: z.string(), fullName: z.string() })),
    }),
  ),
});

export type TestResults = {
  readonly passed: number;
  readonly skipped: readonly string[];
  /** `<file> > <name>` */
  readonly failed: readonly string[];
};

/** URL of an API. By path: on the API's own host name the emulator itself responds to /health. */
const apiUrlOf = ({ endpoint }: Emulator, apiId: string): string =>
  `${endpoint}/_aws/execute-api/${apiId}/$default`;

/**
 * Environment of the smoke test with tokens of the deployment's user pools. Throws a StepFailure
 * when a sign-in fails.
 */
export async function signInEnvironment(
  emulator: Emulator,
  { apiId, outputs }: Deployment,
  signal: AbortSignal,
): Promise<Environment> {
  const { env } = emulator;
  const ids = ['CustomerClientId', 'CustomerUserPoolId', 'StaffClientId'].map(
    (name) => outputs[name] ?? '',
  );
  const args = [path.join(import.meta.dirname, 'sign-in.ts'), STAGE, ...ids];
  const tokens = z
    .object({ customer: z.string(), staff: z.string() })
    .parse(
      JSON.parse(
        lastLineOf(
          await runCommand({ logName: 'sign-in', program: process.execPath, args, env, signal }),
        ),
      ),
    );
  return {
    ...env,
    STOCKBOOK_URL: apiUrlOf(emulator, apiId),
    STOCKBOOK_CUSTOMER_TOKEN: tokens.customer,
    STOCKBOOK_STAFF_TOKEN: tokens.staff,
  };
}

/**
 * Environment of the end-to-end tests for a deployment, with every variable that CONTRIBUTING.md
 * lists.
 */
export async function testEnvironment(
  emulator: Emulator,
  { apiId }: Deployment,
  { url, tokenFor }: IssuerServer,
  signal: AbortSignal,
): Promise<Environment> {
  const { env } = emulator;
  const user = await runCommand({
    logName: 'service-user',
    program: PYTHON,
    args: [programPath('service_user.py'), apiId],
    env,
    signal,
  });
  const { accessKeyId, secretAccessKey } = z
    .object({ accessKeyId: z.string(), secretAccessKey: z.string() })
    .parse(JSON.parse(lastLineOf(user)));
  const invalidTokens = Object.entries(await signInvalidTokens(url, tokenFor));
  const customer = await tokenFor('customer', 'alice');
  return {
    ...env,
    STOCKBOOK_URL: apiUrlOf(emulator, apiId),
    STOCKBOOK_STAGE: STAGE,
    STOCKBOOK_HOLD_SECONDS: String(HOLD_SECONDS),
    STOCKBOOK_STAFF_TOKEN: await tokenFor('staff'),
    STOCKBOOK_ALICE_TOKEN: customer,
    STOCKBOOK_CUSTOMER_TOKEN: customer,
    STOCKBOOK_BOB_TOKEN: await tokenFor('customer', 'bob'),
    STOCKBOOK_CAROL_TOKEN: await tokenFor('customer', `carol-${randomUUID().slice(0, 8)}`),
    ...Object.fromEntries(
      invalidTokens.map(([name, token]) => [tokenVariableOf(name as InvalidToken), token]),
    ),
    STOCKBOOK_BUYERS: BUYERS_AT_ONCE,
    STOCKBOOK_ALLOWED_ORIGIN: ALLOWED_ORIGIN,
    STOCKBOOK_PUBLIC_AVAILABILITY: 'true',
    STOCKBOOK_SERVICE_ACCESS_KEY_ID: accessKeyId,
    STOCKBOOK_SERVICE_SECRET_ACCESS_KEY: secretAccessKey,
  };
}

/** Runs the smoke test of a stage. Throws a StepFailure when it fails. */
export async function runSmokeTest(env: Environment, signal: AbortSignal): Promise<void> {
  await runSmokeCommand('smoke', env, signal, [0]);
}

/** Step of the smoke test that places an order, as it prints it. */
const FIRST_ORDER_STEP = 'an order holds its units';

function runSmokeCommand(
  logName: string,
  env: Environment,
  signal: AbortSignal,
  exitCodes: readonly number[],
): Promise<string> {
  // It reads the tokens of staff and of a customer from the environment.
  const args = ['cli/main.ts', 'smoke-test', '--url', env.STOCKBOOK_URL ?? ''];
  return runCommand({ logName, program: process.execPath, args, env, signal, exitCodes });
}

/**
 * Stops checkout by its command, and starts it again. Throws a StepFailure when the smoke test gets
 * further than its first order between the two, or when it fails after them.
 */
export async function checkCheckoutSwitch(env: Environment, signal: AbortSignal): Promise<void> {
  const runCheckoutCommand = (command: string) =>
    runCommand({
      logName: `checkout-${command}`,
      program: process.execPath,
      args: ['cli/main.ts', 'checkout', command, '--stage', STAGE],
      env,
      signal,
    });
  await runCheckoutCommand('stop');
  const output = await runSmokeCommand('smoke-stopped', env, signal, [0, 1]);
  await runCheckoutCommand('start');
  if (!output.includes(`FAIL     ${FIRST_ORDER_STEP}`))
    throw new StepError(
      `An order was placed, or another step failed, while checkout was stopped:\n${output}`,
    );
  await runSmokeCommand('smoke-started', env, signal, [0]);
}

/**
 * Runs the end-to-end tests and returns their results. `filters` are names of test files; default:
 * all.
 */
export async function runEndToEndTests(
  env: Environment,
  filters: readonly string[],
  signal: AbortSignal,
): Promise<TestResults> {
  const vitest = path.join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');
  await runCommand({
    logName: 'end-to-end',
    program: process.execPath,
    args: [vitest, 'run', '--project', 'e2e', ...filters],
    env: { ...env, STOCKBOOK_RESULTS: RESULTS_NAME },
    signal,
    exitCodes: [0, 1],
  });
  return readResults(readFileSync(path.join(ROOT, '.local', `${RESULTS_NAME}.json`), 'utf8'));
}

/** Reads vitest's report. A file that could not be run counts as one failed test. */
export function readResults(report: string): TestResults {
  const tests = Results.parse(JSON.parse(report)).testResults.flatMap(
    ({ name, message = '', assertionResults }) => {
      const file = path.relative(ROOT, name);
      const tests = assertionResults.map(({ status, fullName }) => ({
        status,
        name: `${file} > ${fullName}`,
      }));
      return tests.length === 0 && message !== ''
        ? [{ status: 'failed', name: `${file} > ${message}` }]
        : tests;
    },
  );
  const named = (...statuses: readonly string[]) =>
    tests.filter(({ status }) => statuses.includes(status)).map(({ name }) => name);
  return {
    passed: named('passed').length,
    failed: named('failed'),
    skipped: named('skipped', 'pending', 'todo', 'disabled'),
  };
}
