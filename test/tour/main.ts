import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { startRuntime } from '../../local/runtime.ts';
import { MESSAGES } from '../../local/tour/messages/messages.ts';
import { TOUR_CONTEXT } from '../../local/tour/play-tour.ts';
import { runTour } from '../../local/tour/run-tour.ts';
import { SCENES } from '../../local/tour/scenes.ts';
import { parseNumberOptions } from '../support/number-options.ts';

const USAGE = `npm run test:tour -- [--rounds 20] [--busy 2]

Plays all scenes of the tour again and again on one runtime, beside busy loops. Prints the duration
of each scene, and exits with 1 when a scene does not show what it states.

  --rounds <count>  times that each scene is played (default: 20)
  --busy <count>    threads that keep a processor busy meanwhile (default: 2)`;
const MILLISECONDS_PER_SECOND = 1_000;

const { rounds, busy } = parseNumberOptions(USAGE, { rounds: 20, busy: 2 });
const loops = Array.from({ length: busy }, () => new Worker('for (;;);', { eval: true }));
const folder = mkdtempSync(path.join(tmpdir(), 'stockbook-tour-'));
const start = (context: Readonly<Record<string, string>>) =>
  startRuntime({ port: 0, logDirectory: folder, context: { ...TOUR_CONTEXT, ...context } });
const runtime = await start({});
process.once('SIGINT', () => process.exit(130));

const longest = new Map<number, number>();
const failures: string[] = [];
for (let round = 1; round <= rounds; round += 1) {
  for (const scene of SCENES.keys()) {
    const startedAt = performance.now();
    try {
      await runTour({
        target: runtime,
        machine: runtime,
        startRuntime: start,
        messages: MESSAGES.en,
        scenes: [scene],
        print: () => undefined,
        waitForViewer: async () => undefined,
      });
    } catch (error) {
      failures.push(`round ${round}, scene ${scene}: ${String(error)}`);
      console.error(failures.at(-1));
    }
    const seconds = (performance.now() - startedAt) / MILLISECONDS_PER_SECOND;
    longest.set(scene, Math.max(longest.get(scene) ?? 0, seconds));
  }
  console.error(`${round} of ${rounds} rounds played`);
}
for (const [scene, seconds] of longest)
  console.log(`scene ${scene}: at most ${seconds.toFixed(1)} s`);
console.log(JSON.stringify({ tour: true, rounds, busy, failures: failures.length }));

await Promise.all(loops.map((loop) => loop.terminate()));
await runtime.stop();
rmSync(folder, { recursive: true, force: true });
process.exit(failures.length === 0 ? 0 : 1);
