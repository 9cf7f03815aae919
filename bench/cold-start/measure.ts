import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import * as z from 'zod/mini';
import type { MeasuredFunction } from './environment.ts';
import type { ReplayProxy } from './replay-proxy.ts';

const FRESH_PROCESS = fileURLToPath(new URL('./fresh-process.mjs', import.meta.url));
const PROCESS_MILLISECONDS_MAX = 20_000;
const RESULT_PIPE = 3;

const Result = z.object({
  importMilliseconds: z.number(),
  responseMilliseconds: z.number(),
  /**
   * CPU time of all threads of the process, for import and response. Other work on the machine does
   * not change it.
   */
  cpuMilliseconds: z.number(),
  response: z.unknown(),
});
export type ColdStartRun = z.infer<typeof Result>;

/** A module and its input. Several modules may use the event of one function. */
export type Candidate = {
  readonly name: string;
  readonly module: string;
  readonly subject: MeasuredFunction;
};

/** Runs a candidate once, in a new process. */
export async function runInFreshProcess(
  { name, module, subject }: Candidate,
  folder: string,
): Promise<ColdStartRun> {
  const event = path.join(folder, `${subject.name.replace('/', '-')}.json`);
  writeFileSync(event, JSON.stringify(subject.event));
  const child = spawn(
    process.execPath,
    [FRESH_PROCESS, pathToFileURL(module).href, event, subject.functionName],
    {
      env: { ...subject.environment },
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      timeout: PROCESS_MILLISECONDS_MAX,
    },
  );
  let output = '';
  let result = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk) => {
      output += chunk;
    });
  child.stdio[RESULT_PIPE]?.on('data', (chunk) => {
    result += chunk;
  });
  const [code] = await once(child, 'close');
  if (code !== 0 || result === '')
    throw new Error(`${name} ended with exit code ${code}. Output: ${output}`);
  return Result.parse(JSON.parse(result));
}

/**
 * Runs each candidate a number of times, in rotation, so that other work on the machine affects all
 * alike. Returns the runs by name.
 */
export async function runInRotation(
  candidates: readonly Candidate[],
  recorders: readonly ReplayProxy[],
  rounds: number,
  folder: string,
): Promise<ReadonlyMap<string, readonly ColdStartRun[]>> {
  const runs = new Map<string, ColdStartRun[]>(candidates.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    // Each candidate is the first of a round equally often.
    const turn = candidates.map((_, index) => candidates[(index + round) % candidates.length]);
    for (const candidate of turn) {
      if (candidate === undefined) continue;
      for (const recorder of recorders) recorder.replay(candidate.subject.name);
      runs.get(candidate.name)?.push(await runInFreshProcess(candidate, folder));
    }
  }
  const strays = recorders.flatMap((recorder) => recorder.unexpectedRequests);
  if (strays.length > 0)
    throw new Error(
      `The functions sent requests that were not recorded: ${[...new Set(strays)].join(', ')}`,
    );
  return runs;
}

export function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  if (low === undefined || high === undefined)
    throw new Error('There is no median without values.');
  return (low + high) / 2;
}
