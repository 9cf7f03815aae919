import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { bundleLambdas, ESBUILD_OPTIONS } from '../lib/bundling/bundle-lambdas.ts';
import { parseNumberOptions } from '../test/support/number-options.ts';
import {
  buildEmptyBundle,
  buildFullBundle,
  buildSdkOnlyBundle,
  FULL_BUNDLE_OPTIONS,
} from './cold-start/baselines.ts';
import { type ColdStartResult, createColdStartCharts } from './cold-start/charts.ts';
import { type ColdStartEnvironment, createColdStartEnvironment } from './cold-start/environment.ts';
import {
  type Candidate,
  type ColdStartRun,
  medianOf,
  runInFreshProcess,
  runInRotation,
} from './cold-start/measure.ts';
import { publishReport } from './report.ts';

/**
 * Measures the part of a cold start that Stockbook's code causes: `npm run bench -- cold-start
 * --rounds 21 --save`. Each run is a new process that imports a bundle and handles its first event.
 * DynamoDB's responses are recorded before and returned immediately. docs/PERFORMANCE.md describes
 * the method.
 */
const GOAL_FUNCTION = 'inventory/reserve-stock';
const GOAL_TIMES_SDK_ONLY = 1.15;
const GOAL_GZIP_BYTES = 125_000;
const ROUNDS_MAX = 200;
const SDK_ONLY = 'SDK only';
const SDK_ONLY_SLIM = 'SDK only, with stubs';
const UNSTUBBED_SUFFIX = ', without stubs';
const EMPTY_MODULE = 'empty module';

const USAGE = 'npm run bench -- cold-start [--rounds 21] [--save]';
const { rounds } = parseNumberOptions(USAGE, { rounds: 21 }, ['save']);
if (rounds < 1 || rounds > ROUNDS_MAX)
  throw new Error(`--rounds must be a whole number from 1 to ${ROUNDS_MAX}, not ${rounds}.`);

/**
 * Returns the bundles of the stage's functions and the modules to compare them with, after one run
 * of each bundle to record DynamoDB's responses.
 */
async function createCandidates(
  { measuredFunctions, dynamodb, api }: ColdStartEnvironment,
  folder: string,
) {
  const bundles = bundleLambdas({ paymentProvider: 'sandbox' });
  const candidates: Candidate[] = [];
  for (const subject of measuredFunctions) {
    const bundle = bundles.get(subject.name);
    if (bundle === undefined) throw new Error(`There is no bundle ${subject.name}.`);
    const candidate = { name: subject.name, module: path.join(bundle, 'index.mjs'), subject };
    for (const recorder of [dynamodb, api]) recorder.record(subject.name);
    subject.check((await runInFreshProcess(candidate, folder)).response);
    candidates.push(candidate);
    if (subject.name !== GOAL_FUNCTION) continue;
    const calls = dynamodb.requestsOf(subject.name);
    const module = (name: string) => path.join(folder, name);
    candidates.push(
      {
        name: `${GOAL_FUNCTION}${UNSTUBBED_SUFFIX}`,
        module: buildFullBundle(module('whole'), GOAL_FUNCTION),
        subject,
      },
      {
        name: SDK_ONLY,
        module: buildSdkOnlyBundle(module('sdk'), calls, FULL_BUNDLE_OPTIONS),
        subject,
      },
      {
        name: SDK_ONLY_SLIM,
        module: buildSdkOnlyBundle(module('slim'), calls, ESBUILD_OPTIONS),
        subject,
      },
      { name: EMPTY_MODULE, module: buildEmptyBundle(module('nothing')), subject },
    );
  }
  return candidates;
}

const sizesOf = (module: string) => {
  const contents = readFileSync(module);
  return { bytes: contents.byteLength, gzipBytes: gzipSync(contents, { level: 9 }).byteLength };
};

const medianTimesOf = (runs: readonly ColdStartRun[]) => ({
  importMilliseconds: medianOf(runs.map(({ importMilliseconds }) => importMilliseconds)),
  responseMilliseconds: medianOf(runs.map(({ responseMilliseconds }) => responseMilliseconds)),
  totalMilliseconds: medianOf(
    runs.map(
      ({ importMilliseconds, responseMilliseconds }) => importMilliseconds + responseMilliseconds,
    ),
  ),
  cpuMilliseconds: medianOf(runs.map(({ cpuMilliseconds }) => cpuMilliseconds)),
});

async function measureColdStarts(): Promise<readonly ColdStartResult[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'stockbook-cold-start-'));
  const environment = await createColdStartEnvironment();
  try {
    const candidates = await createCandidates(environment, folder);
    const runs = await runInRotation(
      candidates,
      [environment.dynamodb, environment.api],
      rounds,
      folder,
    );
    return candidates.map(({ name, module, subject }) => {
      const own = runs.get(name) ?? [];
      // An SDK-only module returns no response.
      if (name.startsWith(subject.name)) for (const { response } of own) subject.check(response);
      return { name, ...sizesOf(module), ...medianTimesOf(own) };
    });
  } finally {
    await environment.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

const results = await measureColdStarts();
const findResult = (name: string): ColdStartResult => {
  const found = results.find((one) => one.name === name);
  if (found === undefined) throw new Error(`${name} was not measured.`);
  return found;
};
const ratioTo = (baseline: string, of: 'totalMilliseconds' | 'cpuMilliseconds') =>
  findResult(GOAL_FUNCTION)[of] / findResult(baseline)[of];
const sizes = [...bundleLambdas({ paymentProvider: 'sandbox' })]
  .map(([name, folder]) => ({ name, ...sizesOf(path.join(folder, 'index.mjs')) }))
  .sort((one, other) => other.gzipBytes - one.gzipBytes);
const goals = {
  timesSdkOnly: ratioTo(SDK_ONLY, 'totalMilliseconds'),
  timesSdkOnlyGoal: GOAL_TIMES_SDK_ONLY,
  timesSdkOnlyOfCpu: ratioTo(SDK_ONLY, 'cpuMilliseconds'),
  timesSdkOnlySlimmed: ratioTo(SDK_ONLY_SLIM, 'totalMilliseconds'),
  timesSdkOnlySlimmedOfCpu: ratioTo(SDK_ONLY_SLIM, 'cpuMilliseconds'),
  gzipBytes: findResult(GOAL_FUNCTION).gzipBytes,
  gzipBytesGoal: GOAL_GZIP_BYTES,
};
console.table(sizes);
publishReport('cold-start', {
  rows: results.map(({ name, bytes, gzipBytes, ...milliseconds }) => ({
    module: name,
    bytes,
    'gzip bytes': gzipBytes,
    'import ms': Number(milliseconds.importMilliseconds.toFixed(1)),
    'first response ms': Number(milliseconds.responseMilliseconds.toFixed(1)),
    'both ms': Number(milliseconds.totalMilliseconds.toFixed(1)),
    'CPU ms': Number(milliseconds.cpuMilliseconds.toFixed(1)),
    'x SDK only': Number(
      (milliseconds.totalMilliseconds / findResult(SDK_ONLY).totalMilliseconds).toFixed(2),
    ),
  })),
  result: { rounds, goals, timed: results, sizes },
  charts: createColdStartCharts(results, sizes, { rounds, gzipBytesGoal: GOAL_GZIP_BYTES }),
});
