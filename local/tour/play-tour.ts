import path from 'node:path';
import { createInterface } from 'node:readline/promises';
import { LOCAL_DIRECTORY } from '../endpoints-file.ts';
import { loadFactor } from '../load-factor.ts';
import { type Runtime, startRuntime } from '../runtime.ts';
import { createActivityPrinter } from '../terminal/activity-lines.ts';
import { dim, indent } from '../terminal/style.ts';
import { MESSAGES } from './messages/messages.ts';
import { runTour } from './run-tour.ts';
import type { TourArguments } from './tour-arguments.ts';

/** Settings of a runtime for the tour: holds that are short enough to wait for. */
export const TOUR_CONTEXT: Readonly<Record<string, string>> = {
  holdSeconds: String(15 * loadFactor()),
  holdGranularitySeconds: '1',
};

/** Prints events and injected faults when they happen. */
export const observeTour = createActivityPrinter((line) => console.log(indent(line)), {
  kinds: ['event', 'injectedFault'],
});

/** Plays the tour on a runtime that was started with TOUR_CONTEXT, and prints it. */
export async function playTour(
  runtime: Runtime,
  { language, scenes, waits }: TourArguments,
): Promise<void> {
  const messages = MESSAGES[language];
  await runTour({
    target: runtime,
    machine: runtime,
    startRuntime: (context) =>
      startRuntime({
        port: 0,
        // Logs and alerts of the first runtime stay as they are.
        logDirectory: path.join(LOCAL_DIRECTORY, 'tour'),
        context: { ...TOUR_CONTEXT, ...context },
        observe: observeTour,
      }),
    messages,
    scenes,
    print: (text) => console.log(text),
    waitForViewer: createWait(waits, `\n${dim(messages.labels.next)}`),
  });
}

/** Returns a wait for Enter. It returns at once without a terminal. */
function createWait(waits: boolean, prompt: string): () => Promise<void> {
  if (!waits || !process.stdin.isTTY) return async () => undefined;
  return async () => {
    const terminal = createInterface({ input: process.stdin, output: process.stdout });
    // The terminal takes Ctrl-C while it reads, so the program would not get it.
    terminal.once('SIGINT', () => process.kill(process.pid, 'SIGINT'));
    await terminal.question(prompt);
    terminal.close();
  };
}
