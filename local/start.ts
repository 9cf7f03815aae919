import path from 'node:path';
import { CommanderError } from '@commander-js/extra-typings';
import { formatAlert } from './alerts/alert.ts';
import { readSecrets } from './api/secrets.ts';
import { nextSteps } from './demo/next-steps.ts';
import { runDemo } from './demo/run-demo.ts';
import { findJavaError } from './dynamodb/java.ts';
import { LOCAL_DIRECTORY, removeEndpoints, writeEndpoints } from './endpoints-file.ts';
import { UserError } from './errors.ts';
import type { Observer } from './functions/observation.ts';
import { readPersistedState } from './persisted-state.ts';
import { isPortFree } from './ports.ts';
import { type Runtime, startRuntime } from './runtime.ts';
import { parsePort, parseStartArguments, type StartArguments } from './start-arguments.ts';

import { createActivityPrinter } from './terminal/activity-lines.ts';
import { bold, dim, formatSeconds, green } from './terminal/style.ts';
import { observeTour, playTour, TOUR_CONTEXT } from './tour/play-tour.ts';
import { parseTourArguments } from './tour/tour-arguments.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** One Ctrl-C may arrive twice, from the terminal and from npm. A later signal stops at once. */
const SAME_SIGNAL_MILLISECONDS = 500;

const WHOLE_TOUR = parseTourArguments([]);
const DATA_DIRECTORY = path.join(LOCAL_DIRECTORY, 'data');

/**
 * A signal to npm alone ends npm and its shell, but does not reach Node. The parent process is
 * polled instead.
 */
const PARENT_POLL_MILLISECONDS = 500;

/** Runs `npm start`: starts the runtime, runs the demo, and serves until a signal stops it. */
export async function start(argv: readonly string[]): Promise<void> {
  const startedAt = performance.now();
  const stopController = new AbortController();
  onSignal(() => stopController.abort());
  onOrphaned(() => stopController.abort());
  let runtime: Runtime | undefined;
  try {
    const { port, skipsDemo, playsTour, keepsData, isVerbose, context } = await readSettings(argv);
    const dataDirectory = keepsData ? DATA_DIRECTORY : undefined;
    const hasStoredData =
      dataDirectory !== undefined && readPersistedState(dataDirectory) !== undefined;
    runtime = await startRuntime({
      port,
      context: playsTour ? { ...TOUR_CONTEXT, ...context } : context,
      dataDirectory,
      secrets: readSecrets(),
      log: (step) => print(dim(step)),
      ...observerOf(isVerbose, playsTour),
      onAlert: (alert) => print(`\n${formatAlert(alert)}`),
    });
    process.once('exit', removeEndpoints);
    writeEndpoints(runtime);
    if (!stopController.signal.aborted) {
      print(
        `${bold(green(`Serving on ${runtime.api}`))} after ${formatSeconds(performance.now() - startedAt)}\n`,
      );
      if (hasStoredData)
        print(
          `With the data of an earlier start: ${DATA_DIRECTORY}. Delete this folder to start with no data.\n`,
        );
      const { signal } = stopController;
      const hasOrders = 'orders' in runtime.tables;
      if (playsTour) await Promise.race([playTour(runtime, WHOLE_TOUR), whenAborted(signal)]);
      else if (hasOrders && !skipsDemo && !hasStoredData)
        await runDemoUntilAborted(runtime, signal);
      if (!stopController.signal.aborted) print(nextSteps(runtime.api, hasOrders));
      await whenAborted(stopController.signal);
    }
  } catch (error) {
    if (error instanceof CommanderError) process.exitCode = error.exitCode;
    else if (!stopController.signal.aborted) {
      console.error(error instanceof UserError ? error.message : error);
      process.exitCode = 1;
    }
  }
  await stop(runtime);
}

/** Returns the observer that the arguments ask for, if any. */
function observerOf(isVerbose: boolean, playsTour: boolean): { readonly observe?: Observer } {
  if (isVerbose) return { observe: createActivityPrinter(print) };
  return playsTour ? { observe: observeTour } : {};
}

/** Runs the demo until it ends or the signal aborts. */
async function runDemoUntilAborted(
  { api, tokenFor, alerts }: Runtime,
  signal: AbortSignal,
): Promise<void> {
  const demo = runDemo({ api, tokenFor, print, alerts, signal });
  // After an abort, requests of the demo fail and their errors are expected.
  demo.catch(() => undefined);
  await Promise.race([demo, whenAborted(signal)]);
}

async function readSettings(
  argv: readonly string[],
): Promise<StartArguments & { readonly port: number }> {
  const settings = { ...parseStartArguments(argv), port: parsePort(process.env.PORT) };
  if (settings.playsTour && settings.context.orders === 'false')
    throw new UserError('The tour needs orders: start without `-c orders=false`.');
  if (!(await isPortFree(settings.port))) {
    const otherPort = settings.port + 1;
    throw new UserError(
      `Port ${settings.port} is in use. Stop the process that listens there, or choose another port: \`PORT=${otherPort} npm start\`.`,
    );
  }
  const javaError = await findJavaError();
  if (javaError !== undefined) throw new UserError(javaError);
  return settings;
}

async function stop(runtime: Runtime | undefined): Promise<never> {
  await runtime?.stop();
  process.exit();
}

function onSignal(onStop: () => void): void {
  let first: number | undefined;
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      if (first !== undefined && Date.now() - first > SAME_SIGNAL_MILLISECONDS) process.exit(1);
      if (first === undefined) {
        first = Date.now();
        print('\nStopping. Press Ctrl-C again to stop at once.');
        onStop();
      }
    });
  }
}

function onOrphaned(onStop: () => void): void {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) onStop();
  }, PARENT_POLL_MILLISECONDS).unref();
}

const whenAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

function print(line: string): void {
  console.log(line);
}
