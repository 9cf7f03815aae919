import { type ChildProcess, fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import Table from 'cli-table3';
import { startProgress } from '../../cli/progress.ts';
import { loadSystemModel, simulationAssembly } from '../simulator/system-model.ts';
import { parseNumberOptions } from '../support/number-options.ts';
import { type ChaosScenario, runChaosScenario } from './chaos-scenario.ts';
import type { ScenarioSummary } from './chaos-worker.ts';
import { shrinkScenario } from './shrink.ts';

const USAGE = `npm run test:chaos -- [--sagas 1000] [--seed 1] [--customers 100] [--workers ${availableParallelism()}] [--scenario SEED]

Runs scenarios of a simulated shop with injected faults and checks every invariant after each. A
scenario that fails is reduced to fewer customers and faults, and printed.

  --sagas <count>      start scenarios until this number of sagas has started (default: 1000)
  --seed <number>      seed of the first scenario (default: 1)
  --customers <count>  customers per scenario (default: 100)
  --workers <count>    processes (default: number of cores)
  --scenario <seed>    run only the scenario of this seed`;

/** Maximum scenarios per seed. Each scenario has its own seed. */
const SCENARIOS_PER_SEED_MAX = 1_000_000;
const TRACE_LINES_MAX = 60;
const WORKER = fileURLToPath(new URL('./chaos-worker.ts', import.meta.url));

type Counts = Record<string, number>;
const addCounts = (sums: Counts, counts: Readonly<Counts>): void => {
  for (const [name, value] of Object.entries(counts)) sums[name] = (sums[name] ?? 0) + value;
};
const totalOf = (counts: Readonly<Counts>): number =>
  Object.values(counts).reduce((sum, value) => sum + value, 0);
/**
 * Shortens `stockbook-dev-orders-SagaProcessOrderCE53353E SUCCEEDED` to `ProcessOrder SUCCEEDED`.
 */
const toSagaName = (name: string): string => name.replace(/^.*-Saga(\w+?)[0-9A-F]{8} /, '$1 ');

const DEFAULT_OPTIONS = {
  sagas: 1_000,
  seed: 1,
  customers: 100,
  workers: availableParallelism(),
  scenario: 0,
};
const {
  sagas: sagasWanted,
  seed,
  customers,
  workers,
  scenario: scenarioSeed,
} = parseNumberOptions(USAGE, DEFAULT_OPTIONS);
process.on('SIGINT', () => process.exit(130));
const assembly = await simulationAssembly();

if (scenarioSeed > 0) await shrinkAndPrint(scenarioSeed);
else await runScenarios();

async function runScenarios(): Promise<void> {
  const startedAt = performance.now();
  const sums = {
    sagas: {} as Counts,
    orders: {} as Counts,
    faults: {} as Counts,
    invariants: {} as Counts,
    calls: 0,
    scenarios: 0,
  };
  const progress = startProgress('sagas', sagasWanted);
  let shown = 0;
  let next = 0;
  let failed: ScenarioSummary | undefined;
  const scenarioAt = (index: number): ChaosScenario => ({
    seed: seed * SCENARIOS_PER_SEED_MAX + index,
    customers,
  });
  const isFinished = (): boolean => failed !== undefined || totalOf(sums.sagas) >= sagasWanted;

  const runWorker = (child: ChildProcess): Promise<void> =>
    new Promise((resolve, reject) => {
      const runNext = (): void => {
        if (isFinished()) {
          child.kill();
          resolve();
          return;
        }
        child.send(scenarioAt(next));
        next += 1;
      };
      child.on('message', (message: ScenarioSummary | 'ready') => {
        if (message !== 'ready') {
          addCounts(
            sums.sagas,
            Object.fromEntries(
              Object.entries(message.sagas).map(([name, value]) => [toSagaName(name), value]),
            ),
          );
          addCounts(sums.orders, message.orders);
          addCounts(sums.faults, message.faults);
          addCounts(sums.invariants, message.invariants);
          sums.calls += message.calls;
          sums.scenarios += 1;
          if (message.violations.length > 0) failed ??= message;
          for (; shown < Math.min(totalOf(sums.sagas), sagasWanted); shown += 1) progress.advance();
        }
        runNext();
      });
      child.on('error', reject);
      child.on('exit', (code, signal) => {
        if (isFinished()) resolve();
        else reject(new Error(`A worker exited early, with ${signal ?? `code ${code}`}.`));
      });
    });
  await Promise.all(Array.from({ length: workers }, () => runWorker(fork(WORKER, [assembly]))));
  progress.stop();

  const seconds = Math.round((performance.now() - startedAt) / 100) / 10;
  const table = new Table({ head: ['counter', 'count'], colAligns: ['left', 'right'] });
  for (const group of [sums.sagas, sums.orders, sums.faults, sums.invariants])
    for (const [name, value] of Object.entries(group).sort())
      table.push([name, value.toLocaleString('en')]);
  console.log(table.toString());
  if (failed !== undefined) await shrinkAndPrint(failed.seed);
  const violations = failed?.violations.length ?? 0;
  console.log(
    JSON.stringify({
      chaos: true,
      seed,
      customers,
      scenarios: sums.scenarios,
      sagas: totalOf(sums.sagas),
      outcomes: sums.sagas,
      orders: sums.orders,
      faults: sums.faults,
      faultsInjected: totalOf(sums.faults),
      calls: sums.calls,
      invariants: sums.invariants,
      invariantsChecked: totalOf(sums.invariants),
      violations,
      seconds,
    }),
  );
}

/** Runs one scenario. If it fails, prints its reduced form with trace and records. */
async function shrinkAndPrint(scenarioSeed: number): Promise<void> {
  const systemModel = await loadSystemModel(assembly);
  try {
    const { scenario, report } = await shrinkScenario(
      (scenario) => runChaosScenario(systemModel, scenario),
      {
        seed: scenarioSeed,
        customers,
      },
    );
    const remaining = customers - (scenario.absentCustomers?.size ?? 0);
    console.log(
      `\nScenario ${scenarioSeed} fails; reduced to ${remaining} of ${customers} customers, ${report.faultKeys.length} faults.`,
    );
    console.log(
      `Reproduce with: npm run test:chaos -- --scenario ${scenarioSeed} --customers ${customers}\n`,
    );
    console.log(report.trace.slice(-TRACE_LINES_MAX).join('\n'));
    console.log(
      `\n${report.violations.join('\n')}\n\n${JSON.stringify(report.books, undefined, 1)}`,
    );
    process.exitCode = 1;
  } catch (error) {
    console.log(error instanceof Error ? error.message : error);
  }
}
