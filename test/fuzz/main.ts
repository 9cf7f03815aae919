import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Table from 'cli-table3';
import { startProgress } from '../../cli/progress.ts';
import { startRuntime } from '../../local/runtime.ts';
import { parseNumberOptions } from '../support/number-options.ts';
import { createFixtures } from './fixtures.ts';
import { runFuzzTest } from './fuzz.ts';

const USAGE = `npm run test:fuzz -- [--requests 1000] [--seed 1]

Starts a local runtime, sends valid, random and hostile requests to it, and checks every response
and that rejected requests write nothing.

  --requests <count>  requests to send (default: 1000)
  --seed <number>     seed of the random requests (default: 1)`;
const VIOLATIONS_SHOWN_MAX = 20;

const { requests: count, seed } = parseNumberOptions(USAGE, { requests: 1_000, seed: 1 });
const folder = mkdtempSync(path.join(tmpdir(), 'stockbook-fuzz-'));
const runtime = await startRuntime({
  port: 0,
  logDirectory: folder,
  context: { publicAvailability: 'true' },
});
let isStopped = false;
const stop = async (): Promise<void> => {
  if (isStopped) return;
  isStopped = true;
  await runtime.stop();
  if (process.exitCode === 1) console.error(`The logs of the functions are in ${folder}.`);
  else rmSync(folder, { recursive: true, force: true });
};
process.once('SIGINT', () => stop().then(() => process.exit(130)));

const startedAt = performance.now();
try {
  const tokens = {
    customer: await runtime.tokenFor('customer', 'alice'),
    staff: await runtime.tokenFor('staff'),
  };
  const target = { url: runtime.api, tokens };
  const progress = startProgress('requests', count);
  let shown = 0;
  const fuzzed = await runFuzzTest({
    target,
    fixtures: await createFixtures(target),
    seed,
    requests: count,
    tables: { endpoint: runtime.dynamodb, names: Object.values(runtime.tables) },
    onProgress: (done) => {
      for (; shown < done; shown += 1) progress.advance();
    },
  });
  progress.stop();

  const table = new Table({
    head: ['route', '2xx', '4xx', '5xx'],
    colAligns: ['left', 'right', 'right', 'right'],
  });
  for (const [route, counts] of Object.entries(fuzzed.byRoute).sort())
    table.push([route, counts['2xx'] ?? 0, counts['4xx'] ?? 0, counts['5xx'] ?? 0]);
  console.log(table.toString());
  for (const { index, request, problems, response } of fuzzed.violations.slice(
    0,
    VIOLATIONS_SHOWN_MAX,
  ))
    console.log(
      `request ${index} of seed ${seed}: ${problems.join('; ')}\n  ${request}\n  ${response}`,
    );
  const { byRoute: _byRoute, violations, ...sums } = fuzzed;
  const countOf = (pattern: RegExp): number =>
    violations.filter(({ problems }) => problems.some((error) => pattern.test(error))).length;
  console.log(
    JSON.stringify({
      fuzz: true,
      seed,
      ...sums,
      serverErrors: countOf(/^returned /),
      leaks: countOf(/^leaks /),
      writesFor4xx: countOf(/wrote to a table/),
      violations: violations.length,
      seconds: Math.round((performance.now() - startedAt) / 1_000),
    }),
  );
  process.exitCode = violations.length === 0 ? 0 : 1;
} finally {
  await stop();
}
