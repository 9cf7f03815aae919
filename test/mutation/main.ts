import { execFile, execFileSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { startProgress } from '../../cli/progress.ts';
import { loadFactor } from '../../local/load-factor.ts';
import { applyMutant } from './apply-mutant.ts';
import { CATALOGUE } from './catalogue.ts';
import type { Mutant } from './mutant.ts';

const USAGE = `npm run test:mutation -- [--only part-of-a-name] [--jobs 2]

Removes each protection of the catalogue from a copy of the source, one at a time, and reports the
test that fails. Exits with 1 if a mutant survives, or if its tests do not end in time.

  --only <text>   run only the mutants whose name contains the text (default: all)
  --jobs <count>  mutants that run at the same time (default: 2)`;

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const STAGE_MINUTES_MAX = 10;
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;

/** Result of a mutant's tests. Tests that did not end in time prove nothing. */
type Verdict =
  | { readonly kind: 'killed'; readonly by: string }
  | { readonly kind: 'survived' }
  | { readonly kind: 'timedOut' };
type MutantResult = {
  readonly mutant: Mutant;
  readonly verdict: Verdict;
  readonly seconds: number;
};
type VitestReport = {
  readonly numTotalTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
};

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    jobs: { type: 'string', default: '2' },
    help: { type: 'boolean', default: false },
  },
});
if (options.help) {
  console.log(USAGE);
  process.exit(0);
}
const selected = CATALOGUE.filter(({ name }) => name.includes(options.only));
if (selected.length === 0 || !(Number(options.jobs) >= 1)) {
  console.error(
    selected.length === 0
      ? `No mutant has a name that contains "${options.only}".\n\n${USAGE}`
      : `--jobs must be a number of at least 1, but it is "${options.jobs}".\n\n${USAGE}`,
  );
  process.exit(2);
}

const copies: string[] = [];
process.on('exit', () => {
  for (const copy of copies) rmSync(copy, { recursive: true, force: true });
});
process.on('SIGINT', () => process.exit(130));

/** Copies the files of the working tree and links its node_modules. Returns the new folder. */
function copyWorkingTree(): string {
  const copy = mkdtempSync(path.join(tmpdir(), 'stockbook-mutation-'));
  copies.push(copy);
  const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: ROOT,
    encoding: 'utf8',
  })
    .split('\n')
    .filter((file) => file !== '' && !file.startsWith('node_modules'));
  for (const file of files) {
    mkdirSync(path.join(copy, path.dirname(file)), { recursive: true });
    cpSync(path.join(ROOT, file), path.join(copy, file));
  }
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(copy, 'node_modules'));
  return copy;
}

/**
 * Runs tests until one fails. The samples of tests are the same in every run. Throws if no test
 * ran, because that would prove nothing.
 */
async function runTests(copy: string, filters: readonly string[]): Promise<Verdict> {
  const output = path.join(copy, '.local', 'test-results.json');
  rmSync(output, { force: true });
  const args = [
    path.join(ROOT, 'node_modules', 'vitest', 'vitest.mjs'),
    'run',
    '--bail',
    '1',
    '--silent=true',
    '--maxWorkers',
    '1',
    ...filters,
  ];
  const { isTimedOut, printed } = await new Promise<{ isTimedOut: boolean; printed: string }>(
    (resolve) => {
      execFile(
        process.execPath,
        args,
        {
          cwd: copy,
          env: { ...process.env, STOCKBOOK_SEED: '1' },
          timeout: STAGE_MINUTES_MAX * 60_000 * loadFactor(),
          maxBuffer: OUTPUT_BYTES_MAX,
        },
        (error, stdout, stderr) =>
          resolve({ isTimedOut: error?.killed === true, printed: stdout + stderr }),
      );
    },
  );
  if (isTimedOut) return { kind: 'timedOut' };
  let report: VitestReport;
  try {
    report = JSON.parse(readFileSync(output, 'utf8')) as VitestReport;
  } catch {
    throw new Error(`vitest wrote no report:\n${printed.slice(-2_000)}`);
  }
  if (report.numTotalTests === 0)
    throw new Error(`No test ran for ${filters.join(', ')}:\n${printed.slice(-2_000)}`);
  if (report.numFailedTests === 0) return { kind: 'survived' };
  const failed = report.testResults.flatMap(({ name, assertionResults }) =>
    assertionResults
      .filter(({ status }) => status === 'failed')
      .map(({ fullName }) => `${path.basename(name)}: ${fullName}`),
  );
  return { kind: 'killed', by: failed[0] ?? 'a failing test without a name' };
}

async function runMutant(copy: string, mutant: Mutant): Promise<MutantResult> {
  const startedAt = performance.now();
  const file = path.join(copy, mutant.file);
  const source = readFileSync(file, 'utf8');
  writeFileSync(file, applyMutant(mutant, source));
  try {
    let verdict: Verdict = { kind: 'survived' };
    for (const filters of mutant.testStages)
      if (verdict.kind === 'survived') verdict = await runTests(copy, filters);
    return { mutant, verdict, seconds: (performance.now() - startedAt) / 1_000 };
  } finally {
    writeFileSync(file, source);
  }
}

const describeVerdict = (verdict: Verdict): string =>
  ({ killed: 'killed', survived: 'SURVIVED', timedOut: 'TIMED OUT' })[verdict.kind];

const startedAt = performance.now();
// Tests that fail without a mutant would kill every mutant.
const testFilters = [...new Set(selected.flatMap(({ testStages }) => testStages.flat()))];
console.error('Running the tests without a mutant');
const withoutMutant = await runTests(copyWorkingTree(), testFilters);
if (withoutMutant.kind !== 'survived') {
  console.error(
    withoutMutant.kind === 'killed'
      ? `This test fails without a mutant; fix it first: ${withoutMutant.by}`
      : `The tests did not end within ${STAGE_MINUTES_MAX} minutes. Run it when the machine is idle.`,
  );
  process.exit(2);
}

const queue = [...selected];
const results: MutantResult[] = [];
const progress = startProgress('mutants', selected.length);
await Promise.all(
  Array.from({ length: Math.min(Number(options.jobs), selected.length) }, async () => {
    const copy = copyWorkingTree();
    for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
      const result = await runMutant(copy, mutant);
      results.push(result);
      if (result.verdict.kind !== 'killed')
        console.error(`${describeVerdict(result.verdict)}: ${mutant.name}`);
      progress.advance();
    }
  }),
);
progress.stop();

const NAME_CHARACTERS_MAX = 90;
const table = new Table({
  head: ['mutant', 'killed by', 's'],
  wordWrap: true,
  colWidths: [50, NAME_CHARACTERS_MAX, 7],
  style: { head: [], border: [] },
});
for (const { name } of selected) {
  const result = results.find(({ mutant }) => mutant.name === name);
  if (result === undefined) continue;
  const { verdict, seconds } = result;
  const text = verdict.kind === 'killed' ? verdict.by : describeVerdict(verdict);
  table.push([name, text.slice(0, 2 * NAME_CHARACTERS_MAX), seconds.toFixed(1)]);
}
console.log(table.toString());
const namesOf = (kind: Verdict['kind']): readonly string[] =>
  results.filter(({ verdict }) => verdict.kind === kind).map(({ mutant }) => mutant.name);
const killed = namesOf('killed').length;
const seconds = Math.round((performance.now() - startedAt) / 1_000);
console.log(
  JSON.stringify({
    mutants: selected.length,
    killed,
    survived: namesOf('survived'),
    timedOut: namesOf('timedOut'),
    seconds,
  }),
);
process.exitCode = killed === selected.length ? 0 : 1;
