import { afterEach, describe, expect, test, vi } from 'vitest';
import type { TestCase } from 'vitest/node';
import { loadFactor } from '../../../local/load-factor.ts';
import { waitFor } from '../../support/e2e/wait-for.ts';
import FailureReporter from '../../support/runner/failure-reporter.ts';

describe('the load factor of time-outs', () => {
  test.each([
    ['an idle machine', 0, 2, 1],
    ['a process for each core', 2, 2, 1],
    ['three processes for each core', 6, 2, 3],
    ['a fraction, rounded up', 4.2, 2, 3],
    ['no more than eight times', 200, 2, 8],
  ])('%s: load %d on %d cores is %d', (_, load, cores, factor) => {
    expect(loadFactor(load, cores)).toBe(factor);
  });
});

describe('a wait before the tests', () => {
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  test('prints what it waits for, its last step and how long it took', async () => {
    vi.useFakeTimers();
    const printed: string[] = [];
    vi.spyOn(console, 'log').mockImplementation((line: string) => void printed.push(line));
    const work = Promise.withResolvers<string>();

    const waited = waitFor('the runtime', (log) => {
      log('synthesizing');
      return work.promise;
    });
    await vi.advanceTimersByTimeAsync(20_000);
    work.resolve('ready');

    expect(await waited).toBe('ready');
    expect(printed).toEqual([
      'waiting for the runtime',
      'still waiting for the runtime after 10.0 s: synthesizing',
      'still waiting for the runtime after 20.0 s: synthesizing',
      'waited 20.0 s for the runtime',
    ]);
  });

  test('stops its reminders when the work fails', async () => {
    vi.spyOn(console, 'log').mockImplementation(() => undefined);

    await expect(
      waitFor('the runtime', () => Promise.reject(new Error('no port'))),
    ).rejects.toThrow('no port');
  });
});

test('prints a failure with its reason when it happens, and no success', () => {
  const printed: string[] = [];
  const reporter = new FailureReporter(undefined, (text) => void printed.push(text));
  const ended = (state: string, errors: readonly { message: string }[]) =>
    ({
      fullName: 'a rule holds',
      module: { relativeModuleId: 'test/unit/rule.test.ts' },
      result: () => ({ state, errors }),
    }) as unknown as TestCase;

  reporter.onTestCaseResult(ended('passed', []));
  reporter.onTestCaseResult(ended('failed', [{ message: 'expected 1 to be 2\nwith more' }]));

  expect(printed).toEqual([
    'FAILED test/unit/rule.test.ts > a rule holds\n  expected 1 to be 2\n  with more',
  ]);
});
