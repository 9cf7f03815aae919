import { setTimeout as delay } from 'node:timers/promises';

const POLL_MILLISECONDS = 100;
/** Longer than a saga in which every compensating step is retried. */
const WAIT_SECONDS_MAX = 90;

/**
 * Reads a value until it is as wanted, and returns it. Throws an error with `problemOf` the last
 * value after 90 seconds.
 */
export async function waitUntil<Value>(
  read: () => Value | Promise<Value>,
  isWanted: (value: Value) => boolean,
  problemOf: (value: Value) => string,
): Promise<Value> {
  const deadline = Date.now() + WAIT_SECONDS_MAX * 1_000;
  for (;;) {
    const value = await read();
    if (isWanted(value)) return value;
    if (Date.now() > deadline) throw new Error(problemOf(value));
    await delay(POLL_MILLISECONDS);
  }
}
