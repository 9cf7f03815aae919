import { parseArgs } from 'node:util';
import * as z from 'zod/mini';
import { Stops } from '../../local/stops.ts';
import { type Environment, FOLDER, lastLine, run, StepFailure } from './command.ts';
import { bootstrap, type Deployment, deploy } from './deployment.ts';
import { type Comparison, compare, readDivergences } from './divergences.ts';
import {
  ALLOWED_ORIGIN,
  endToEnd,
  HOLD_SECONDS,
  signInEnvironment,
  smoke,
  switchCheckout,
  type TestResults,
  testEnvironment,
} from './end-to-end.ts';
import { startIssuers } from './issuers.ts';
import { startEmulator } from './ministack.ts';
import { install, PYTHON, program } from './python.ts';

const USAGE = `usage: npm run check:emulator -- [--tests FILE]... [--list]

Deploys the app with the CDK to MiniStack, an emulator of AWS, compares each deployed resource with its template, and runs the
end-to-end tests against it. Fails on a divergence from AWS that test/emulator/divergences.json does not list, and on a listed one that
has disappeared.

  --tests FILE  runs only the end-to-end tests whose file name contains this; listed divergences of tests are not compared
  --list        prints the listed divergences, and ends`;

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const EXIT_INTERRUPTED = 130;
const EXIT_USAGE = 2;

const Compared = z.object({
  resources: z.number(),
  compared: z.number(),
  missing: z.array(z.string()),
  differences: z.record(z.string(), z.string()),
  completed: z.record(z.string(), z.number()),
  withoutReader: z.record(z.string(), z.number()),
});
type Compared = z.infer<typeof Compared>;

type Summary = {
  readonly stacks: Compared;
  readonly tests: TestResults;
  readonly divergences: Comparison;
};

/** Options of the first deployment: the defaults, but for a client by which a program of the staff gets a token. */
const DEFAULTS = { machineClients: 'staff' } as const;

/** Options of the second deployment: each of them changes resources of the first one. */
const changes = (issuers: Readonly<Record<string, string>>): Readonly<Record<string, string>> => ({
  ...issuers,
  holdSeconds: String(HOLD_SECONDS),
  holdSlotSeconds: '1',
  memoryMegabytes: '1024',
  alarmEmail: 'alarms@shop.example',
  encryption: 'customer',
  monitoring: 'full',
  allowedOrigins: ALLOWED_ORIGIN,
  streamParallelization: '2',
  logRetentionDays: '30',
  repairs: 'auto',
});

async function check(
  filters: readonly string[],
  stops: Stops,
  signal: AbortSignal,
): Promise<Summary> {
  const patches = await step('Install MiniStack', () => install(signal));
  print(`  ${patches} patches applied`);
  const emulator = await step('Start MiniStack', () => startEmulator(signal));
  stops.add(emulator.stop);
  const issuers = await startIssuers();
  stops.add(issuers.stop);

  const place = { env: emulator.env, signal };
  await step('Bootstrap', () => bootstrap(place));
  const first = await step('Deploy with user pools', () => deploy('deploy-1', DEFAULTS, place));
  const before = await step('Compare with the templates', () =>
    compareStacks(first, place.env, signal),
  );
  await step('Smoke test with tokens of the user pools', async () =>
    smoke(await signInEnvironment(emulator, first, signal), signal),
  );
  const second = await step('Deploy with changed options', () =>
    deploy('deploy-2', changes(issuers.context()), place),
  );
  const after = await step('Compare with the templates', () =>
    compareStacks(second, place.env, signal),
  );

  const tables = await step('Check that only its functions write a table', () =>
    checkTableWriters(second, place.env, signal),
  );
  print(`  ${tables} tables refused a user with every right on DynamoDB`);

  const env = await testEnvironment(emulator, second, issuers, signal);
  await step('Smoke test', () => smoke(env, signal));
  await step('Stop checkout and start it again', () => switchCheckout(env, signal));
  const probes = await step('Probes', () => probe(place.env, signal));
  const tests = await step('End-to-end tests', () => endToEnd(env, filters, signal));

  const differences = { ...before.differences, ...after.differences };
  const observed = [
    ...Object.keys(differences),
    ...probes,
    ...tests.failed.map((name) => `test: ${name}`),
  ];
  const written = readDivergences().filter(
    ({ id }) => filters.length === 0 || !id.startsWith('test: '),
  );
  const stacks = { ...after, missing: [...before.missing, ...after.missing] };
  const divergences = compare(written, observed);
  for (const id of divergences.unlisted)
    if (id in differences) print(`  ${id}: ${differences[id]}`);
  return { stacks, tests, divergences };
}

async function compareStacks(
  { assembly }: Deployment,
  env: Environment,
  signal: AbortSignal,
): Promise<Compared> {
  const args = [program('compare_stacks.py'), assembly];
  return Compared.parse(
    JSON.parse(lastLine(await run({ log: 'compare', program: PYTHON, args, env, signal }))),
  );
}

async function checkTableWriters(
  { assembly }: Deployment,
  env: Environment,
  signal: AbortSignal,
): Promise<number> {
  const args = [program('table_writers.py'), assembly];
  return Number(lastLine(await run({ log: 'table-writers', program: PYTHON, args, env, signal })));
}

async function probe(env: Environment, signal: AbortSignal): Promise<readonly string[]> {
  const output = await run({
    log: 'probes',
    program: PYTHON,
    args: [program('probes.py')],
    env,
    signal,
  });
  return z
    .array(z.string())
    .parse(JSON.parse(lastLine(output)))
    .map((name) => `probe: ${name}`);
}

/** Prints the summary. Returns true when nothing is wrong. */
function report({ stacks, tests, divergences }: Summary): boolean {
  const { expected, unlisted, gone } = divergences;
  const withoutReader = Object.entries(stacks.withoutReader).map(
    ([kind, count]) => `${count} ${kind}`,
  );
  print(`
${stacks.resources} resources deployed, ${stacks.compared} compared with their templates
  only known to exist: ${withoutReader.join(', ') || 'none'}
  missing: ${stacks.missing.join(', ') || 'none'}
${tests.passed} end-to-end tests passed, ${tests.failed.length} failed, ${tests.skipped.length} skipped
${list('  failed', tests.failed)}${list('  skipped', tests.skipped)}divergences from AWS: ${expected.length} expected, ${unlisted.length} new, ${gone.length} gone
${list('  new', unlisted)}${list('  gone', gone)}logs: ${FOLDER}/logs`);
  return stacks.missing.length + unlisted.length + gone.length === 0 && tests.passed > 0;
}

const list = (title: string, names: readonly string[]): string =>
  names.map((name) => `${title}: ${name}\n`).join('');

async function step<Result>(title: string, work: () => Promise<Result>): Promise<Result> {
  const startedAt = performance.now();
  print(title);
  const result = await work();
  print(`  done after ${((performance.now() - startedAt) / 1_000).toFixed(1)} s`);
  return result;
}

const print = (line: string): void => console.log(line);

function options() {
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
  const { tests = [], list: onlyList = false } = options();
  if (onlyList) {
    for (const { id, what, workaround } of readDivergences())
      print(`${id}\n  ${what}\n  ${workaround}`);
    return;
  }
  const stopping = new AbortController();
  for (const name of SIGNALS) process.on(name, () => stopping.abort());
  const stops = new Stops();
  try {
    const isRight = report(await check(tests, stops, stopping.signal));
    process.exitCode = isRight ? 0 : 1;
  } catch (error) {
    if (!stopping.signal.aborted)
      console.error(error instanceof StepFailure ? error.message : error);
    process.exitCode = stopping.signal.aborted ? EXIT_INTERRUPTED : 1;
  } finally {
    await stops.run();
  }
}

await main();
