import path from 'node:path';
import { tellStory } from './demo/story.ts';
import { javaFault } from './dynamodb/java.ts';
import { LOCAL_DIRECTORY, removeEndpoints, writeEndpoints } from './endpoints-file.ts';
import { howToGoOn } from './how-to-go-on.ts';
import { readKept } from './kept.ts';
import { isFree } from './ports.ts';
import { Refusal } from './refusal.ts';
import { type Runtime, startRuntime } from './runtime.ts';
import { readSecrets } from './secrets.ts';
import { parsePort, parseStartArguments, type StartArguments, USAGE } from './start-arguments.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** One Ctrl-C may arrive twice: from the terminal, and from npm. What comes later is somebody who will not wait. */
const SAME_SIGNAL_MILLISECONDS = 500;

const KEPT_DIRECTORY = path.join(LOCAL_DIRECTORY, 'data');

/** A signal to npm alone ends npm and its shell, and tells node nothing. */
const PARENT_POLL_MILLISECONDS = 500;

/** `npm start`: the runtime, the story, and then up until it is stopped. */
export async function start(argv: readonly string[]): Promise<void> {
  const startedAt = performance.now();
  const stopped = new AbortController();
  onSignal(() => stopped.abort());
  onOrphaned(() => stopped.abort());
  let runtime: Runtime | undefined;
  try {
    const { port, isEmpty, isKept, context } = await checked(argv);
    const keepIn = isKept ? KEPT_DIRECTORY : undefined;
    const hasData = keepIn !== undefined && readKept(keepIn) !== undefined;
    runtime = await startRuntime({ port, context, keepIn, secrets: readSecrets(), log: print });
    process.once('exit', removeEndpoints);
    writeEndpoints(runtime);
    if (!stopped.signal.aborted) {
      print(
        `Serving on ${runtime.api} after ${((performance.now() - startedAt) / 1_000).toFixed(1)} s\n`,
      );
      if (hasData)
        print(
          `With the data of an earlier start: ${KEPT_DIRECTORY}. Delete this folder to start with no data.\n`,
        );
      if (!isEmpty && !hasData) await told(runtime, stopped.signal);
      if (!stopped.signal.aborted) print(howToGoOn(runtime.api));
      await aborted(stopped.signal);
    }
  } catch (fault) {
    if (!stopped.signal.aborted) {
      console.error(fault instanceof Refusal ? fault.message : fault);
      process.exitCode = 1;
    }
  }
  await stop(runtime);
}

/** The story, or as much of it as there is time for. */
async function told({ api, tokenFor }: Runtime, signal: AbortSignal): Promise<void> {
  const story = tellStory({ api, tokenFor, print, signal });
  // After a Ctrl-C nobody listens to it, and its requests fail.
  story.catch(() => undefined);
  await Promise.race([story, aborted(signal)]);
}

async function checked(
  argv: readonly string[],
): Promise<StartArguments & { readonly port: number }> {
  let settings: StartArguments & { port: number };
  try {
    settings = { ...parseStartArguments(argv), port: parsePort(process.env.PORT) };
  } catch (fault) {
    throw new Refusal(`${fault instanceof Error ? fault.message : fault} (${USAGE})`);
  }
  if (!(await isFree(settings.port))) {
    const other = settings.port + 1;
    throw new Refusal(
      `Port ${settings.port} is taken: stop what listens there, or choose another, as in \`PORT=${other} npm start\`.`,
    );
  }
  const java = await javaFault();
  if (java !== undefined) throw new Refusal(java);
  return settings;
}

async function stop(runtime: Runtime | undefined): Promise<never> {
  await runtime?.stop();
  process.exit();
}

function onSignal(stopping: () => void): void {
  let first: number | undefined;
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      if (first !== undefined && Date.now() - first > SAME_SIGNAL_MILLISECONDS) process.exit(1);
      if (first === undefined) {
        first = Date.now();
        print('\nStopping. Again to stop at once.');
        stopping();
      }
    });
  }
}

function onOrphaned(stopping: () => void): void {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) stopping();
  }, PARENT_POLL_MILLISECONDS).unref();
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

function print(line: string): void {
  console.log(line);
}
