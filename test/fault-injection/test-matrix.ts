import { describe, expect, test } from 'vitest';
import type { Blueprint } from '../simulator/blueprint.ts';
import type { Flow } from './flows/stage.ts';
import { casesOf, metBy, recorded } from './matrix.ts';

const ALL = process.env.FAULTS === 'all';

/**
 * Every call of every flow, with everything that may go wrong with it: `FAULTS=all` (npm run faults) plays every case with one, two
 * and three redeliveries; else one case of `share` is played.
 */
export function testMatrixOf(blueprint: Blueprint, flows: readonly Flow[], share: number): void {
  describe.each(flows)('$name', (flow) => {
    test('ends well when nothing goes wrong', async () => {
      const { calls, wrong } = await recorded(blueprint, flow);

      expect(wrong).toEqual([]);
      expect(calls.length).toBeGreaterThan(0);
    });

    test('ends well whatever call goes wrong', async () => {
      const cases = casesOf((await recorded(blueprint, flow)).calls, ALL ? 'all' : share);
      const failed: string[] = [];
      for (const one of cases) {
        const wrong = await metBy(blueprint, flow, one);
        if (wrong.length > 0) failed.push(`${JSON.stringify(one)}: ${wrong.join('; ')}`);
      }

      expect(failed).toEqual([]);
      console.log(`${flow.name}: ${cases.length} cases`);
    });
  });
}
