import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { HOST } from '../../local/account.ts';
import { findFreePort } from '../../local/ports.ts';

const POLL_MILLISECONDS = 25;
const RESPONSE_MILLISECONDS_MAX = 2_000;
const START_SECONDS_MAX = 240;
const STOP_MILLISECONDS_MAX = 30_000;
/** Size of the kept output, for the error when it does not serve. */
const OUTPUT_CHARACTERS_KEPT = 2_000;

/**
 * Returns the seconds from the command, in a folder, to the first 200 of a path. The started
 * processes have ended when it returns.
 */
export async function measureSecondsToServing(
  folder: string,
  [command, ...words]: readonly [string, ...string[]],
  path: string,
): Promise<number> {
  const port = await findFreePort();
  const startedAt = performance.now();
  // A process group of its own: ending npm alone would not end the program that it runs.
  const child = spawn(command, words, {
    cwd: folder,
    env: { ...process.env, PORT: String(port) },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const signalGroup = (signal: NodeJS.Signals) => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, signal);
    } catch {
      // It has ended already.
    }
  };
  const kill = () => signalGroup('SIGKILL');
  process.once('exit', kill);
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      output = `${output}${chunk}`.slice(-OUTPUT_CHARACTERS_KEPT);
    });
  const closed = once(child, 'close').catch((error) => {
    output += error;
  });
  let hasEnded = false;
  closed.then(() => {
    hasEnded = true;
  });
  try {
    while (!(await isServing(`http://${HOST}:${port}${path}`))) {
      const seconds = (performance.now() - startedAt) / 1_000;
      if (hasEnded || seconds > START_SECONDS_MAX)
        throw new Error(
          `${command} did not serve ${path} in ${seconds.toFixed(0)} s. Output: ${output}`,
        );
      await delay(POLL_MILLISECONDS);
    }
    return (performance.now() - startedAt) / 1_000;
  } finally {
    signalGroup('SIGTERM');
    await Promise.race([closed, delay(STOP_MILLISECONDS_MAX, undefined, { ref: false })]);
    kill();
    await closed;
    process.removeListener('exit', kill);
  }
}

const isServing = (url: string): Promise<boolean> =>
  fetch(url, { signal: AbortSignal.timeout(RESPONSE_MILLISECONDS_MAX) }).then(
    async (response) => {
      await response.arrayBuffer();
      return response.status === 200;
    },
    () => false,
  );
