const REMINDER_MILLISECONDS = 10_000;
const secondsSince = (startedAt: number): string =>
  `${((performance.now() - startedAt) / 1_000).toFixed(1)} s`;

/**
 * Waits for `work` and returns its result. Prints what it waits for at the start, every ten seconds
 * and at the end.
 */
export async function waitFor<Result>(
  what: string,
  work: (log: (line: string) => void) => Promise<Result>,
): Promise<Result> {
  const startedAt = performance.now();
  let step = 'starting';
  console.log(`waiting for ${what}`);
  const reminder = setInterval(
    () => console.log(`still waiting for ${what} after ${secondsSince(startedAt)}: ${step}`),
    REMINDER_MILLISECONDS,
  );
  try {
    return await work((line) => {
      step = line;
    });
  } finally {
    clearInterval(reminder);
    console.log(`waited ${secondsSince(startedAt)} for ${what}`);
  }
}
