import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { SeededRandom } from '../simulator/random.ts';

const WORKER = fileURLToPath(new URL('./api-worker.ts', import.meta.url));

type Worker = { readonly process: ChildProcess; readonly url: string };

/** Pool of the processes that serve the API, in which processes can be killed and replaced. */
export class WorkerPool {
  readonly #start: () => ChildProcess;
  #alive: Worker[] = [];
  #started = 0;

  constructor(args: readonly string[]) {
    this.#start = () => {
      this.#started += 1;
      return fork(WORKER, [...args, String(this.#started)], {
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      });
    };
  }

  async start(count: number): Promise<void> {
    this.#alive.push(...(await Promise.all(Array.from({ length: count }, () => this.#ready()))));
  }

  /** Returns the URL of a random worker, which may have been killed since. */
  pickUrl(random: SeededRandom): string {
    return random.pick(this.#alive).url;
  }

  /** Kills a worker immediately and starts another one in its place. */
  async killAndReplace(random: SeededRandom): Promise<void> {
    const victim = random.pick(this.#alive);
    victim.process.kill('SIGKILL');
    const next = await this.#ready();
    this.#alive = this.#alive.map((worker) => (worker === victim ? next : worker));
  }

  stop(): void {
    for (const { process: child } of this.#alive) child.kill('SIGKILL');
    this.#alive = [];
  }

  #ready(): Promise<Worker> {
    const child = this.#start();
    return new Promise((resolve, reject) => {
      child.once('message', (url) => resolve({ process: child, url: String(url) }));
      child.once('error', reject);
      child.once('exit', () => reject(new Error('A worker ended before it could serve requests.')));
    });
  }
}
