import { describe, expect, test } from 'vitest';
import type { SystemModel } from '../simulator/system-model.ts';
import { casesOf, recordFlow, runCase } from './fault-matrix.ts';
import type { Flow } from './flows/harness.ts';

const RUNS_ALL_CASES = process.env.FAULTS === 'all';

/**
 * Every call of every flow, with everything that may go wrong with it: `FAULTS=all` (npm run test:faults) plays every case with one, two
 * and three redeliveries; else one case of `share` is played.
 */
export function testFaultMatrix(
  systemModel: SystemModel,
  flows: readonly Flow[],
  sampleEvery: number,
): void {
  describe.each(flows)('$name', (flow) => {
    test('ends well when nothing goes wrong', async () => {
      const { calls, violations } = await recordFlow(systemModel, flow);

      expect(violations).toEqual([]);
      expect(calls.length).toBeGreaterThan(0);
    });

    test('ends well whatever call goes wrong', async () => {
      const cases = casesOf(
        (await recordFlow(systemModel, flow)).calls,
        RUNS_ALL_CASES ? 'all' : sampleEvery,
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
