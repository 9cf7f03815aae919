import { Usage } from './client/where.ts';

const BAD_USE = 2;

/** Runs a tool and ends with its exit code. What a person did wrong is one line; the first Ctrl-C tells it to come to an end. */
export function ended(tool: (signal: AbortSignal) => Promise<number>): void {
  const stopped = new AbortController();
  process.once('SIGINT', () => stopped.abort());
  tool(stopped.signal).then(
    (code) => {
      process.exitCode = code;
    },
    (fault: unknown) => {
      console.error(fault instanceof Usage ? fault.message : fault);
      process.exitCode = BAD_USE;
    },
  );
}
