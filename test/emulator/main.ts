import { parseArgs } from 'node:util';
import * as z from 'zod/mini';
import { issuerContext } from '../../local/api/token-issuer.ts';
import { type Environment, lastLineOf, runCommand, StepError, WORK_FOLDER } from './command.ts';
import { bootstrap, type Deployment, deploy } from './deployment.ts';
import { compareDivergences, type DivergenceComparison, readDivergences } from './divergences.ts';
import {
  ALLOWED_ORIGIN,
  checkCheckoutSwitch,
  HOLD_SECONDS,
  runEndToEndTests,
  runSmokeTest,
  signInEnvironment,
  type TestResults,
  testEnvironment,
} from './end-to-end.ts';
import { startIssuers } from './issuer-server.ts';
import { startEmulator } from './ministack.ts';
import { installEmulator, PYTHON, programPath } from './python.ts';

const USAGE = `usage: npm run test:emulator -- [--tests FILE]... [--list]

Deploys the app with the CDK to MiniStack, an emulator of AWS, compares each deployed resource with its template, and runs the
end-to-end tests against it. Fails on a divergence from AWS that test/emulator/divergences.json does not list, and on a listed one that
has disappeared.

  --tests FILE  runs only the end-to-end tests whose file name contains this; listed divergences of tests are not compared
  --list        prints the listed divergences, and ends`;

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const EXIT_INTERRUPTED = 130;
const EXIT_USAGE = 2;

const StackComparison = z.object({
  resources: z.number(),
  compared: z.number(),
  missing: z.array(z.string()),
  differences: z.record(z.string(), z.string()),
  completed: z.record(z.string(), z.number()),
  withoutReader: z.record(z.string(), z.number()),
});
type StackComparison = z.infer<typeof StackComparison>;

type Summary = {
  readonly stacks: StackComparison;
  readonly tests: TestResults;
  readonly divergences: DivergenceComparison;
};

/**
 * Options of the first deployment: the defaults, but for a client by which a program of the staff
 * gets a token.
 */
const FIRST_OPTIONS = { machineClients: 'staff' } as const;

/** Options of the second deployment: each of them changes resources of the first one. */
const secondOptions = (
  issuers: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> => ({
  ...issuers,
  holdSeconds: String(HOLD_SECONDS),
  holdGranularitySeconds: '1',
  memoryMegabytes: '1024',
  alarmEmail: 'alarms@shop.example',
  encryption: 'customer-managed',
  monitoring: 'full',
  allowedOrigins: ALLOWED_ORIGIN,
  publicAvailability: 'true',
  streamParallelization: '2',
  logRetentionDays: '30',
  autoRepair: 'true',
});

async function runCheck(
  filters: readonly string[],
  cleanup: AsyncDisposableStack,
  signal: AbortSignal,
): Promise<Summary> {
  const patches = await runStep('Install MiniStack', () => installEmulator(signal));
  print(`  ${patches} patches applied`);
  const emulator = await runStep('Start MiniStack', () => startEmulator(signal));
  cleanup.defer(emulator.stop);
  const issuers = await startIssuers();
  cleanup.defer(issuers.stop);

  const context = { env: emulator.env, signal };
  await runStep('Bootstrap', () => bootstrap(context));
  const first = await runStep('Deploy with user pools', () =>
    deploy('deploy-1', FIRST_OPTIONS, context),
  );
  const before = await runStep('Compare with the templates', () =>
    compareStacks(first, context.env, signal),
  );
  await runStep('Smoke test with tokens of the user pools', async () =>
    runSmokeTest(await signInEnvironment(emulator, first, signal), signal),
  );
  const second = await runStep('Deploy with changed options', () =>
    deploy('deploy-2', secondOptions(issuerContext(issuers.url)), context),
  );
  const after = await runStep('Compare with the templates', () =>
    compareStacks(second, context.env, signal),
  );

  const tables = await runStep('Check that only its functions write a table', () =>
    checkTableWriters(second, context.env, signal),
  );
  print(`  ${tables} tables refused a user with every right on DynamoDB`);

  const env = await testEnvironment(emulator, second, issuers, signal);
  await runStep('Smoke test', () => runSmokeTest(env, signal));
  await runStep('Stop checkout and start it again', () => checkCheckoutSwitch(env, signal));
  const probes = await runStep('Probes', () => runProbes(context.env, signal));
  const tests = await runStep('End-to-end tests', () => runEndToEndTests(env, filters, signal));

  const differences = { ...before.differences, ...after.differences };
  const observed = [
    ...Object.keys(differences),
    ...probes,
    ...tests.failed.map((name) => `test: ${name}`),
  ];
  const listed = readDivergences().filter(
    ({ id }) => filters.length === 0 || !id.startsWith('test: '),
  );
  const stacks = { ...after, missing: [...before.missing, ...after.missing] };
  const divergences = compareDivergences(listed, observed);
  for (const id of divergences.unlisted)
    if (id in differences) print(`  ${id}: ${differences[id]}`);
  return { stacks, tests, divergences };
}

async function compareStacks(
  { assembly }: Deployment,
  env: Environment,
  signal: AbortSignal,
): Promise<StackComparison> {
  const args = [programPath('compare_stacks.py'), assembly];
  return StackComparison.parse(
    JSON.parse(
      lastLineOf(await runCommand({ logName: 'compare', program: PYTHON, args, env, signal })),
    ),
  );
}

async function checkTableWriters(
  { assembly }: Deployment,
  env: Environment,
  signal: AbortSignal,
): Promise<number> {
  const args = [programPath('table_writers.py'), assembly];
  return Number(
    lastLineOf(await runCommand({ logName: 'table-writers', program: PYTHON, args, env, signal })),
  );
}

async function runProbes(env: Environment, signal: AbortSignal): Promise<readonly string[]> {
  const output = await runCommand({
    logName: 'probes',
    program: PYTHON,
    args: [programPath('probes.py')],
    env,
    signal,
  });
  return z
    .array(z.string())
    .parse(JSON.parse(lastLineOf(output)))
    .map((name) => `probe: ${name}`);
}

/** Prints the summary. Returns true when nothing is wrong. */
function printSummary({ stacks, tests, divergences }: Summary): boolean {
  const { expected, unlisted, gone } = divergences;
  const withoutReader = Object.entries(stacks.withoutReader).map(
    ([kind, count]) => `${count} ${kind}`,
  );
  print(`
${stacks.resources} resources deployed, ${stacks.compared} compared with their templates
  only known to exist: ${withoutReader.join(', ') || 'none'}
  missing: ${stacks.missing.join(', ') || 'none'}
${tests.passed} end-to-end tests passed, ${tests.failed.length} failed, ${tests.skipped.length} skipped
${formatLines('  failed', tests.failed)}${formatLines('  skipped', tests.skipped)}divergences from AWS: ${expected.length} expected, ${unlisted.length} new, ${gone.length} gone
${formatLines('  new', unlisted)}${formatLines('  gone', gone)}logs: ${WORK_FOLDER}/logs`);
  return stacks.missing.length + unlisted.length + gone.length === 0 && tests.passed > 0;
}

const formatLines = (title: string, names: readonly string[]): string =>
  names.map((name) => `${title}: ${name}\n`).join('');

async function runStep<Result>(title: string, work: () => Promise<Result>): Promise<Result> {
  const startedAt = performance.now();
  print(title);
  const result = await work();
  print(`  done after ${((performance.now() - startedAt) / 1_000).toFixed(1)} s`);
  return result;
}

const print = (line: string): void => console.log(line);

function readOptions() {
  try {
    const { values } = parseArgs({
      options: { tests: { type: 'string', multiple: true }, list: { type: 'boolean' } },
    });
    return values;
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
    process.exit(EXIT_USAGE);
  }
}

async function main(): Promise<void> {
  const { tests = [], list: listOnly = false } = readOptions();
  if (listOnly) {
    for (const { id, what, workaround } of readDivergences())
      print(`${id}\n  ${what}\n  ${workaround}`);
    return;
  }
  const abort = new AbortController();
  for (const name of SIGNALS) process.on(name, () => abort.abort());
  await using cleanup = new AsyncDisposableStack();
  try {
    const hasPassed = printSummary(await runCheck(tests, cleanup, abort.signal));
    process.exitCode = hasPassed ? 0 : 1;
  } catch (error) {
    if (!abort.signal.aborted) console.error(error instanceof StepError ? error.message : error);
    process.exitCode = abort.signal.aborted ? EXIT_INTERRUPTED : 1;
  }
}

await main();
