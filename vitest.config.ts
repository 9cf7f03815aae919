import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { loadFactor } from './local/load-factor.ts';
import FileOrder from './test/support/runner/file-order.ts';

/** Milliseconds. A machine that is busy when the tests start gets more time for each of them. */
const SECOND = 1_000 * loadFactor();
/** The fast projects run before the others, and each of the two runs has results of its own. */
const RESULTS = process.env.STOCKBOOK_RESULTS ?? 'test-results';
const GLOBAL_SEED = Number(process.env.STOCKBOOK_SEED ?? 0) || undefined;

/** Files of a project share a process; the leak check fails one that leaves something behind. */
const SHARED_PROCESS = { isolate: false, setupFiles: ['test/support/runner/leak-check.ts'] };

/** A project each, so that one kind can be run alone: `vitest run --project unit`. */
const project = (name: string, options: object = {}) => ({
  test: { name, include: [`test/${name}/**/*.test.ts`], testTimeout: 10 * SECOND, ...options },
});

export default defineConfig({
  test: {
    // One more than there are cores: many tests wait for timers and for DynamoDB Local.
    maxWorkers: availableParallelism() + 1,
    reporters: [
      'default',
      './test/support/runner/failure-reporter.ts',
      './test/support/runner/slowest-files-reporter.ts',
      ['json', { outputFile: `.local/${RESULTS}.json` }],
    ],
    sequence: {
      sequencer: FileOrder,
      ...(GLOBAL_SEED === undefined ? {} : { seed: GLOBAL_SEED }),
    },
    projects: [
      // What these import is large, and none of them leaves anything behind for the next file.
      project('unit', SHARED_PROCESS),
      project('property', { testTimeout: 60 * SECOND }),
      project('architecture'),
      project('infra', {
        ...SHARED_PROCESS,
        testTimeout: 60 * SECOND,
        hookTimeout: 60 * SECOND,
        // CDK's own validation takes half of a synthesis. `hardening.test.ts` turns it on.
        env: { CDK_VALIDATION: 'false' },
      }),
      project('integration', {
        testTimeout: 60 * SECOND,
        hookTimeout: 60 * SECOND,
        globalSetup: ['test/support/runner/global-dynamodb.ts'],
      }),
      // `npm run test:faults` plays every case: a flow of it takes what it takes.
      project('simulation', {
        ...SHARED_PROCESS,
        include: ['test/{simulation,fault-injection,chaos}/**/*.test.ts'],
        testTimeout: process.env.FAULTS === 'all' ? 0 : 120 * SECOND,
        hookTimeout: 60 * SECOND,
        globalSetup: ['test/support/runner/global-assembly.ts'],
      }),
      // A DynamoDB Local and processes of its own.
      project('durability', { testTimeout: 180 * SECOND }),
      // A runtime of its own, whose holds end in whole seconds.
      project('linearizability', { testTimeout: 180 * SECOND, hookTimeout: 120 * SECOND }),
      project('saga', { testTimeout: 60 * SECOND, hookTimeout: 60 * SECOND }),
      project('e2e', {
        // A deployed stage starts its functions cold, and its logs are behind.
        testTimeout: (process.env.STOCKBOOK_URL === undefined ? 60 : 180) * SECOND,
        hookTimeout: 120 * SECOND,
        globalSetup: ['test/support/runner/global-runtime.ts'],
      }),
      // A separate runtime, and one file at a time: a reconciliation finds the drift of every
      // other test.
      project('reconciliation', {
        fileParallelism: false,
        testTimeout: 180 * SECOND,
        hookTimeout: 120 * SECOND,
        globalSetup: ['test/support/runner/global-runtime.ts'],
      }),
    ],
  },
});
