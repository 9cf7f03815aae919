import { StockbookError } from '../client/src/index.ts';
import { UserError } from '../local/errors.ts';

/**
 * Exit codes of all commands: `done` when nothing is left to do, `open` when the command ran and
 * something is open or failed, `error` for wrong use, no connection, or a stop before the end.
 */
export const EXIT_CODES = { done: 0, open: 1, error: 2 } as const;
export type ExitCode = (typeof EXIT_CODES)[keyof typeof EXIT_CODES];

/**
 * Returns a commander action that runs `command` and sets the exit code that it returns. The first
 * Ctrl-C aborts the signal, so that the command stops at its next safe point. Writes errors to
 * standard error: the message of a UserError or of a rejection by the API, and the stack trace of
 * any other error.
 */
export const runCommand =
  <Arguments extends readonly unknown[]>(
    command: (signal: AbortSignal, ...args: Arguments) => Promise<ExitCode>,
  ) =>
  async (...args: Arguments): Promise<void> => {
    const stopController = new AbortController();
    const onInterrupt = () => stopController.abort();
    process.once('SIGINT', onInterrupt);
    try {
      process.exitCode = await command(stopController.signal, ...args);
    } catch (error) {
      const isExpected = error instanceof UserError || error instanceof StockbookError;
      console.error(isExpected ? error.message : error);
      process.exitCode = EXIT_CODES.error;
    } finally {
      process.off('SIGINT', onInterrupt);
    }
  };
