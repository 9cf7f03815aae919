import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Runtime, startRuntime } from '../../local/runtime.ts';
import { type Recorder, startRecorder } from '../governor/recorder.ts';
import { readSettings, type Settings } from './settings.ts';
import { Counter, type Tally } from './tally.ts';

/** Nothing happened for so long: streams are read every 100 milliseconds, queues at once. */
const QUIET_MILLISECONDS = 1_000;
const POLL_MILLISECONDS = 50;
const QUIET_SECONDS_MAX = 60;

/** A local runtime of which everything that AWS would bill is counted. */
export type Stage = {
  readonly runtime: Runtime;
  readonly settings: Settings;
  /** Waits until nothing happens any more: what was seen since it was last asked. */
  readonly settled: () => Promise<Tally>;
  readonly stop: () => Promise<void>;
};

export async function openStage(context: Readonly<Record<string, string>> = {}): Promise<Stage> {
  const folder = mkdtempSync(path.join(tmpdir(), 'stockbook-order-'));
  const outDir = path.join(folder, 'cdk.out');
  const counter = new Counter();
  let recorder: Recorder | undefined;
  const close = () => rmSync(folder, { recursive: true, force: true });
  try {
    const runtime = await startRuntime({
      port: 0,
      outDir,
      context,
      observe: counter.observe,
      through: async (endpoint) => {
        recorder = await startRecorder({ endpoint });
        return recorder;
      },
    });
    const names = new Map(Object.entries(runtime.tables).map(([name, physical]) => [physical, name]));
    const nameOf = (physical: string): string => names.get(physical) ?? physical;
    return {
      runtime,
      settings: readSettings(outDir),
      settled: () => settled(counter, recorder, nameOf),
      stop: async () => {
        await runtime.stop();
        close();
      },
    };
  } catch (fault) {
    close();
    throw fault;
  }
}

async function settled(
  counter: Counter,
  recorder: Recorder | undefined,
  nameOf: (physical: string) => string,
): Promise<Tally> {
  if (recorder === undefined) throw new Error('nothing stands before DynamoDB');
  const deadline = Date.now() + QUIET_SECONDS_MAX * 1_000;
  const quietMilliseconds = () =>
    Math.min(counter.quietMilliseconds, Date.now() - (recorder.calls().at(-1)?.at ?? 0));
  while (quietMilliseconds() < QUIET_MILLISECONDS) {
    if (Date.now() > deadline) throw new Error(`it did not come to rest in ${QUIET_SECONDS_MAX} s`);
    await delay(POLL_MILLISECONDS);
  }
  for (const { table, operation, readUnits, writeUnits, gsiWriteUnits } of recorder.calls()) {
    counter.called({
      table: table.split(',').map(nameOf).join(','),
      operation,
      readUnits,
      writeUnits,
      indexWriteUnits: gsiWriteUnits,
    });
  }
  recorder.reset();
  return counter.take();
}
