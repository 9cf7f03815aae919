import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import Table from 'cli-table3';
import { startProgress } from '../../cli/progress.ts';
import { loadBlueprint, synthesizeFor } from '../simulator/blueprint.ts';
import { numbersGiven } from '../support/arguments.ts';
import { chaos, type Story } from './chaos-story.ts';
import type { Summary } from './chaos-worker.ts';
import { shrunk } from './shrink.ts';

const USAGE = `npm run chaos -- [--sagas 1000] [--seed 1] [--customers 100] [--workers ${availableParallelism()}] [--story SEED]

Tells stories of a shop on a bad day, in a simulation, until so many sagas were started, and checks every invariant after each.
--story tells one story again, the one of a seed that failed.`;

/** Each story has a seed of its own; so many of one seed. */
const STORIES_MAX = 1_000_000;
const TRACE_LINES_MAX = 60;
const WORKER = fileURLToPath(new URL('./chaos-worker.ts', import.meta.url));

type Counts = Record<string, number>;
const add = (sums: Counts, counts: Readonly<Counts>): void => {
  for (const [name, value] of Object.entries(counts)) sums[name] = (sums[name] ?? 0) + value;
};
const total = (counts: Readonly<Counts>): number =>
  Object.values(counts).reduce((sum, value) => sum + value, 0);
/** `stockbook-dev-orders-SagaProcessOrderCE53353E SUCCEEDED` is ProcessOrder SUCCEEDED. */
const sagaName = (name: string): string => name.replace(/^.*-Saga(\w+?)[0-9A-F]{8} /, '$1 ');

const given = { sagas: 1_000, seed: 1, customers: 100, workers: availableParallelism(), story: 0 };
const {
  sagas: sagasWanted,
  seed,
  customers,
  workers,
  story: storySeed,
} = numbersGiven(USAGE, given);
const assembly = mkdtempSync(path.join(tmpdir(), 'stockbook-chaos-'));
process.on('exit', () => rmSync(assembly, { recursive: true, force: true }));
process.on('SIGINT', () => process.exit(130));
await synthesizeFor(assembly);

if (storySeed > 0) await tellOf(storySeed);
else await tellMany();

async function tellMany(): Promise<void> {
  const startedAt = performance.now();
  const sums = {
    sagas: {} as Counts,
    orders: {} as Counts,
    faults: {} as Counts,
    invariants: {} as Counts,
    calls: 0,
    stories: 0,
  };
  const progress = startProgress('sagas', sagasWanted);
  let shown = 0;
  let next = 0;
  let failed: Summary | undefined;
  const storyOf = (index: number): Story => ({ seed: seed * STORIES_MAX + index, customers });
  const isOver = (): boolean => failed !== undefined || total(sums.sagas) >= sagasWanted;

  const work = (child: ChildProcess): Promise<void> =>
    new Promise((resolve, reject) => {
      const tellNext = (): void => {
        if (isOver()) {
          child.kill();
          resolve();
          return;
        }
        child.send(storyOf(next));
        next += 1;
      };
      child.on('message', (message: Summary | 'ready') => {
        if (message !== 'ready') {
          add(
            sums.sagas,
            Object.fromEntries(
              Object.entries(message.sagas).map(([name, value]) => [sagaName(name), value]),
            ),
          );
          add(sums.orders, message.orders);
          add(sums.faults, message.faults);
          add(sums.invariants, message.invariants);
          sums.calls += message.calls;
          sums.stories += 1;
          if (message.violations.length > 0) failed ??= message;
          for (; shown < Math.min(total(sums.sagas), sagasWanted); shown += 1) progress.advance();
        }
        tellNext();
      });
      child.on('error', reject);
      child.on('exit', (code) =>
        code ? reject(new Error(`a worker ended with ${code}`)) : resolve(),
      );
    });
  await Promise.all(Array.from({ length: workers }, () => work(fork(WORKER, [assembly]))));
  progress.stop();

  const seconds = Math.round((performance.now() - startedAt) / 100) / 10;
  const table = new Table({ head: ['what', 'how many'], colAligns: ['left', 'right'] });
  for (const group of [sums.sagas, sums.orders, sums.faults, sums.invariants])
    for (const [name, value] of Object.entries(group).sort())
      table.push([name, value.toLocaleString('en')]);
  console.log(table.toString());
  if (failed !== undefined) await tellOf(failed.seed);
  const violations = failed?.violations.length ?? 0;
  console.log(
    JSON.stringify({
      chaos: true,
      seed,
      customers,
      stories: sums.stories,
      sagas: total(sums.sagas),
      outcomes: sums.sagas,
      orders: sums.orders,
      faults: sums.faults,
      faultsInjected: total(sums.faults),
      calls: sums.calls,
      invariants: sums.invariants,
      invariantsChecked: total(sums.invariants),
      violations,
      seconds,
    }),
  );
}

/** Tells one story; where it fails, the smallest one that fails as well, its trace and the books that it left. */
async function tellOf(storySeed: number): Promise<void> {
  const blueprint = await loadBlueprint(assembly);
  try {
    const { story, told } = await shrunk((story) => chaos(blueprint, story), {
      seed: storySeed,
      customers,
    });
    const there = customers - (story.absent?.size ?? 0);
    console.log(
      `\nStory ${storySeed} fails; made smaller: ${there} of ${customers} customers, ${told.faultKeys.length} faults.`,
    );
    console.log(`Tell it again: npm run chaos -- --story ${storySeed} --customers ${customers}\n`);
    console.log(told.trace.slice(-TRACE_LINES_MAX).join('\n'));
    console.log(`\n${told.violations.join('\n')}\n\n${JSON.stringify(told.books, undefined, 1)}`);
    process.exitCode = 1;
  } catch (fault) {
    console.log(fault instanceof Error ? fault.message : fault);
  }
}
