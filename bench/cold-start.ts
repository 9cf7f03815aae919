import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { BUNDLED, bundleLambdas } from '../lib/bundling/bundle-lambdas.ts';
import { nothing, sdkOnly, UNSLIMMED, unslimmed } from './cold-start/baselines.ts';
import { type Charted, coldCharts } from './cold-start/charts.ts';
import { type Candidate, medianOf, type Run, runFresh, runInTurns } from './cold-start/measure.ts';
import { type Stage, setStage } from './cold-start/stage.ts';
import { report } from './report.ts';

/**
 * What a function's first invocation waits for that is ours: `npm run bench:cold -- --rounds 21 --save`. Each run is a process of its own that
 * imports a bundle and answers its first event; DynamoDB's answers are recorded before and given at once. All is in docs/PERFORMANCE.md.
 */
const GOAL_OF = 'inventory/reserve-stock';
const GOAL_TIMES_SDK_ONLY = 1.15;
const GOAL_GZIP_BYTES = 125_000;
const ROUNDS_MAX = 200;
const SDK_ONLY = 'SDK only';
const SDK_ONLY_SLIM = 'SDK only, slimmed as the bundles are';
const WITH_ALL = ', nothing left out';
const NOTHING = 'an empty module';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '21' }, save: { type: 'boolean' } },
});
const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < 1 || rounds > ROUNDS_MAX)
  throw new Error(`--rounds takes a whole number from 1 to ${ROUNDS_MAX}, not ${values.rounds}`);

/** The bundles of the stage's functions and what they are compared with, after one run of each to record DynamoDB's answers. */
async function candidatesOf({ subjects, dynamodb, api }: Stage, folder: string) {
  const bundles = bundleLambdas({ paymentProvider: 'sandbox' });
  const candidates: Candidate[] = [];
  for (const subject of subjects) {
    const bundle = bundles.get(subject.name);
    if (bundle === undefined) throw new Error(`there is no bundle ${subject.name}`);
    const candidate = { name: subject.name, module: path.join(bundle, 'index.mjs'), subject };
    for (const recorder of [dynamodb, api]) recorder.record(subject.name);
    subject.check((await runFresh(candidate, folder)).answer);
    candidates.push(candidate);
    if (subject.name !== GOAL_OF) continue;
    const calls = dynamodb.callsOf(subject.name);
    const module = (name: string) => path.join(folder, name);
    candidates.push(
      { name: `${GOAL_OF}${WITH_ALL}`, module: unslimmed(module('whole'), GOAL_OF), subject },
      { name: SDK_ONLY, module: sdkOnly(module('sdk'), calls, UNSLIMMED), subject },
      { name: SDK_ONLY_SLIM, module: sdkOnly(module('slim'), calls, BUNDLED), subject },
      { name: NOTHING, module: nothing(module('nothing')), subject },
    );
  }
  return candidates;
}

const sizesOf = (module: string) => {
  const contents = readFileSync(module);
  return { bytes: contents.byteLength, gzipBytes: gzipSync(contents, { level: 9 }).byteLength };
};

const timesOf = (runs: readonly Run[]) => ({
  importMilliseconds: medianOf(runs.map(({ importMilliseconds }) => importMilliseconds)),
  responseMilliseconds: medianOf(runs.map(({ responseMilliseconds }) => responseMilliseconds)),
  totalMilliseconds: medianOf(
    runs.map(
      ({ importMilliseconds, responseMilliseconds }) => importMilliseconds + responseMilliseconds,
    ),
  ),
  cpuMilliseconds: medianOf(runs.map(({ cpuMilliseconds }) => cpuMilliseconds)),
});

async function measure(): Promise<readonly Charted[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'stockbook-cold-'));
  const stage = await setStage();
  try {
    const candidates = await candidatesOf(stage, folder);
    const runs = await runInTurns(candidates, [stage.dynamodb, stage.api], rounds, folder);
    return candidates.map(({ name, module, subject }) => {
      const own = runs.get(name) ?? [];
      // An SDK-only module answers nothing.
      if (name.startsWith(subject.name)) for (const { answer } of own) subject.check(answer);
      return { name, ...sizesOf(module), ...timesOf(own) };
    });
  } finally {
    await stage.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

const timed = await measure();
const find = (name: string): Charted => {
  const found = timed.find((one) => one.name === name);
  if (found === undefined) throw new Error(`${name} was not measured`);
  return found;
};
const times = (baseline: string, of: 'totalMilliseconds' | 'cpuMilliseconds') =>
  find(GOAL_OF)[of] / find(baseline)[of];
const sizes = [...bundleLambdas({ paymentProvider: 'sandbox' })]
  .map(([name, folder]) => ({ name, ...sizesOf(path.join(folder, 'index.mjs')) }))
  .sort((one, other) => other.gzipBytes - one.gzipBytes);
const goals = {
  timesSdkOnly: times(SDK_ONLY, 'totalMilliseconds'),
  timesSdkOnlyGoal: GOAL_TIMES_SDK_ONLY,
  timesSdkOnlyOfCpu: times(SDK_ONLY, 'cpuMilliseconds'),
  timesSdkOnlySlimmed: times(SDK_ONLY_SLIM, 'totalMilliseconds'),
  timesSdkOnlySlimmedOfCpu: times(SDK_ONLY_SLIM, 'cpuMilliseconds'),
  gzipBytes: find(GOAL_OF).gzipBytes,
  gzipBytesGoal: GOAL_GZIP_BYTES,
};
console.table(sizes);
report('cold', {
  rows: timed.map(({ name, bytes, gzipBytes, ...milliseconds }) => ({
    module: name,
    bytes,
    'gzip bytes': gzipBytes,
    'import ms': Number(milliseconds.importMilliseconds.toFixed(1)),
    'first response ms': Number(milliseconds.responseMilliseconds.toFixed(1)),
    'both ms': Number(milliseconds.totalMilliseconds.toFixed(1)),
    'CPU ms': Number(milliseconds.cpuMilliseconds.toFixed(1)),
    'x SDK only': Number(
      (milliseconds.totalMilliseconds / find(SDK_ONLY).totalMilliseconds).toFixed(2),
    ),
  })),
  result: { rounds, goals, timed, sizes },
  charts: coldCharts(timed, sizes, { rounds, gzipBytesGoal: GOAL_GZIP_BYTES }),
});
