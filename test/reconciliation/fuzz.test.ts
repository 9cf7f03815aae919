import { expect, inject, test } from 'vitest';
import { createFixtures } from '../fuzz/fixtures.ts';
import { runFuzzTest } from '../fuzz/fuzz.ts';

/** A sample. `npm run test:fuzz` sends more requests. */
const REQUESTS = 300;
const SEED = Number(process.env.STOCKBOOK_SEED ?? 1);

const local = inject('localEndpoints');

test.runIf(local !== undefined)(
  'random requests cause no 5xx, leak no internals, and write nothing when rejected',
  async () => {
    const target = {
      url: inject('apiUrl'),
      tokens: { customer: inject('aliceToken'), staff: inject('staffToken') },
    };

    const fuzzed = await runFuzzTest({
      target,
      fixtures: await createFixtures(target),
      seed: SEED,
      requests: REQUESTS,
      tables: { endpoint: local?.dynamodb ?? '', names: Object.values(local?.tables ?? {}) },
    });

    expect(fuzzed.violations).toEqual([]);
    expect(fuzzed.comparedRejections).toBeGreaterThan(REQUESTS / 4);
    expect(fuzzed.byStatus[200] ?? 0).toBeGreaterThan(0);
  },
);
