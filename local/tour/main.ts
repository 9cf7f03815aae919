import { CommanderError } from '@commander-js/extra-typings';
import { findJavaError } from '../dynamodb/java.ts';
import { UserError } from '../errors.ts';
import { startRuntime } from '../runtime.ts';
import { dim } from '../terminal/style.ts';
import { observeTour, playTour, TOUR_CONTEXT } from './play-tour.ts';
import { parseTourArguments } from './tour-arguments.ts';

/** Runs `npm run tour`: starts a runtime with short holds, and plays the scenes on it. */
async function main(argv: readonly string[]): Promise<void> {
  const tour = parseTourArguments(argv);
  const javaError = await findJavaError();
  if (javaError !== undefined) throw new UserError(javaError);
  const runtime = await startRuntime({
    port: 0,
    context: TOUR_CONTEXT,
    observe: observeTour,
    log: (step) => console.log(dim(step)),
  });
  try {
    await playTour(runtime, tour);
  } finally {
    await runtime.stop();
  }
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
