import { SingleBar } from 'cli-progress';

export type Progress = { readonly advance: () => void; readonly stop: () => void };

/** Shows a progress bar on a terminal. Without a terminal, prints a line for each tenth. */
export function startProgress(what: string, total: number): Progress {
  if (process.stderr.isTTY) {
    const bar = new SingleBar({
      format: `${what} {bar} {value}/{total}  {eta} s left`,
      stream: process.stderr,
    });
    bar.start(total, 0);
    return { advance: () => bar.increment(), stop: () => bar.stop() };
  }
  let done = 0;
  return {
    advance: () => {
      done += 1;
      if (Math.floor((done * 10) / total) > Math.floor(((done - 1) * 10) / total))
        console.error(`${what}: ${done} of ${total}`);
    },
    stop: () => undefined,
  };
}
