import { createInterface } from 'node:readline/promises';
import { CommanderError } from '@commander-js/extra-typings';
import { findJavaError } from '../dynamodb/java.ts';
import { UserError } from '../errors.ts';
import { loadFactor } from '../load-factor.ts';
import { startRuntime } from '../runtime.ts';
import { dim } from '../terminal/style.ts';
import { MESSAGES } from './messages/messages.ts';
import { runTour } from './run-tour.ts';
import { parseTourArguments, type TourArguments } from './tour-arguments.ts';

/** Short enough to wait for, and long enough to pay in. */
const HOLD_SECONDS = 15 * loadFactor();
const HOLD_GRANULARITY_SECONDS = '1';

/** Runs `npm run tour`: starts a runtime with short holds, and plays the scenes on it. */
async function main(argv: readonly string[]): Promise<void> {
  const { language, scenes, waits } = parseTourArguments(argv);
  const javaError = await findJavaError();
  if (javaError !== undefined) throw new UserError(javaError);
  const messages = MESSAGES[language];
  await using cleanup = new AsyncDisposableStack();
  const runtime = await startRuntime({
    port: 0,
    context: {
      holdSeconds: String(HOLD_SECONDS),
      holdGranularitySeconds: HOLD_GRANULARITY_SECONDS,
    },
    log: (step) => console.log(dim(step)),
  });
  cleanup.defer(runtime.stop);
  await runTour({
    ...runtime,
    messages,
    scenes,
    print: (text) => console.log(text),
    waitForViewer: createWait(waits, `\n${dim(messages.labels.next)}`),
  });
}

/** Returns a wait for Enter. It returns at once without a terminal. */
function createWait(waits: TourArguments['waits'], prompt: string): () => Promise<void> {
  if (!waits || !process.stdin.isTTY) return async () => undefined;
  return async () => {
    const terminal = createInterface({ input: process.stdin, output: process.stdout });
    // Ctrl-C ends the tour, and the runtime with it.
    terminal.once('SIGINT', () => process.exit(130));
    await terminal.question(prompt);
    terminal.close();
  };
}

process.once('SIGINT', () => process.exit(130));
try {
  await main(process.argv.slice(2));
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode;
  else {
    console.error(error instanceof UserError ? error.message : error);
    process.exitCode = 1;
  }
}
process.exit();
