import { describe, expect, test } from 'vitest';
import type { SystemModel } from '../simulator/system-model.ts';
import { DAILY_SEED } from '../support/daily-seed.ts';
import { casesOf, recordFlow, runCase } from './fault-matrix.ts';
import type { Flow } from './flows/harness.ts';

const RUNS_ALL_CASES = process.env.FAULTS === 'all';

/**
 * Defines the tests of the flows: without faults, and with each fault at each call. With
 * `FAULTS=all` (npm run test:faults), every case runs with one, two and three redeliveries;
 * otherwise one of `sampleEvery` cases runs, each day another one.
 */
export function testFaultMatrix(
  systemModel: SystemModel,
  flows: readonly Flow[],
  sampleEvery: number,
): void {
  // `$name` would be truncated in the report.
  describe.each(flows.map((flow) => [flow.name, flow] as const))('%s', (_name, flow) => {
    test('has the expected result without faults', async () => {
      const { calls, violations } = await recordFlow(systemModel, flow);

      expect(violations).toEqual([]);
      expect(calls.length).toBeGreaterThan(0);
    });

    test('has the expected result with any fault at any call', async () => {
      const cases = casesOf(
        (await recordFlow(systemModel, flow)).calls,
        RUNS_ALL_CASES ? 'all' : sampleEvery,
        DAILY_SEED,
      );
      const failed: string[] = [];
      for (const one of cases) {
        const violations = await runCase(systemModel, flow, one);
        if (violations.length > 0) failed.push(`${JSON.stringify(one)}: ${violations.join('; ')}`);
      }

      expect(failed).toEqual([]);
      console.log(`${flow.name}: ${cases.length} cases`);
    });
  });
}
