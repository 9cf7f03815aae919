import { afterAll, beforeAll, expect } from 'vitest';

/**
 * Returns the state that test files share in one process (`isolate: false`). Each file must restore
 * it, or the next file runs with its clock, its environment or its output.
 */
const sharedState = () => ({
  Date: globalThis.Date,
  setTimeout: globalThis.setTimeout,
  clearTimeout: globalThis.clearTimeout,
  setImmediate: globalThis.setImmediate,
  abortTimeout: AbortSignal.timeout,
  random: Math.random,
  write: process.stdout.write,
  folder: process.cwd(),
  environment: { ...process.env },
});

let before: ReturnType<typeof sharedState>;

beforeAll(() => {
  before = sharedState();
});

afterAll(() => {
  const { environment, ...after } = sharedState();
  const { environment: environmentBefore, ...rest } = before;
  for (const [name, value] of Object.entries(after))
    expect(value, `${name} was replaced and not restored`).toBe(rest[name as keyof typeof rest]);
  expect(environment, 'process.env was changed and not restored').toEqual(environmentBefore);
});
