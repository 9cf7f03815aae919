import { UserError } from './client/connection.ts';

const ERROR_EXIT_CODE = 2;

/** Runs a tool and ends with its exit code. What a person did wrong is one line; the first Ctrl-C tells it to come to an end. */
export function runCommand(command: (signal: AbortSignal) => Promise<number>): void {
  const stopController = new AbortController();
  process.once('SIGINT', () => stopController.abort());
  command(stopController.signal).then(
    (code) => {
      process.exitCode = code;
    },
    (error: unknown) => {
      console.error(error instanceof UserError ? error.message : error);
      process.exitCode = ERROR_EXIT_CODE;
    },
  );
}
