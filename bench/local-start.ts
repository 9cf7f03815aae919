import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { ROOT } from '../local/cloud-assembly/synthesize.ts';
import { startDynamoDbLocal } from '../local/dynamodb/dynamodb.ts';
import { parseNumberOptions } from '../test/support/number-options.ts';
import { barChart } from './charts.ts';
import { medianOf } from './cold-start/measure.ts';
import { createFreshCopy } from './local-start/fresh-copy.ts';
import { measureSecondsToServing } from './local-start/measure-start.ts';
import { publishReport } from './report.ts';

/**
 * Measures the start of the local runtime: `npm run bench -- local-start --rounds 3 --save`. The
 * time is from the command to the first response of GET /health, in a fresh copy of the project,
 * and then again in the same copy. DynamoDB Local alone is measured for comparison. `--with-tests`
 * also runs `npm test`.
 */
const GOAL_SECONDS = 15;
const ROUNDS_MAX = 20;
const COMMAND = ['npm', 'start', '--', '--no-demo'] as const;
const HEALTH = '/health';

const USAGE = 'npm run bench -- local-start [--rounds 3] [--with-tests] [--save]';
const { rounds, 'with-tests': isWithTests } = parseNumberOptions(USAGE, { rounds: 3 }, [
  'with-tests',
  'save',
]);
if (rounds < 1 || rounds > ROUNDS_MAX)
  throw new Error(`--rounds must be a whole number from 1 to ${ROUNDS_MAX}, not ${rounds}.`);

const measureDynamoDbLocal = async (): Promise<number> => {
  const startedAt = performance.now();
  const { stop } = await startDynamoDbLocal();
  const seconds = (performance.now() - startedAt) / 1_000;
  await stop();
  return seconds;
};

/** Returns the seconds of `npm test` in the project itself. Throws if it fails. */
async function measureTests(): Promise<number> {
  const startedAt = performance.now();
  const child = spawn('npm', ['test'], { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`npm test failed with exit code ${code}.`);
  return (performance.now() - startedAt) / 1_000;
}

const cold: number[] = [];
const warm: number[] = [];
const dynamodbLocal: number[] = [];
for (let round = 0; round < rounds; round += 1) {
  const copy = createFreshCopy(ROOT);
  try {
    cold.push(await measureSecondsToServing(copy.folder, COMMAND, HEALTH));
    warm.push(await measureSecondsToServing(copy.folder, COMMAND, HEALTH));
    dynamodbLocal.push(await measureDynamoDbLocal());
  } finally {
    copy.remove();
  }
}
const testSeconds = isWithTests ? await measureTests() : undefined;

const measured = [
  { name: 'npm start, fresh copy', seconds: cold },
  { name: 'npm start, second run', seconds: warm },
  { name: 'DynamoDB Local alone', seconds: dynamodbLocal },
].map(({ name, seconds }) => ({ name, median: medianOf(seconds), seconds }));
const rounded = (seconds: number): number => Number(seconds.toFixed(1));
publishReport('local-start', {
  rows: [
    ...measured.map(({ name, median, seconds }) => ({
      what: name,
      'median s': rounded(median),
      'shortest s': rounded(Math.min(...seconds)),
      'longest s': rounded(Math.max(...seconds)),
    })),
    ...(testSeconds === undefined ? [] : [{ what: 'npm test', 'median s': rounded(testSeconds) }]),
  ],
  result: {
    rounds,
    goalSeconds: GOAL_SECONDS,
    measured,
    ...(testSeconds === undefined ? {} : { testSeconds }),
  },
  charts: {
    'local-start': barChart({
      title: 'Time from npm start to the first response',
      subtitle: `GET ${HEALTH}; median of ${rounds}`,
      valueName: 'seconds',
      horizontal: true,
      limit: { name: `goal: ${GOAL_SECONDS} s`, value: GOAL_SECONDS },
      categories: measured.map(({ name }) => name),
      series: [{ name: 'seconds', values: measured.map(({ median }) => rounded(median)) }],
    }),
  },
});
