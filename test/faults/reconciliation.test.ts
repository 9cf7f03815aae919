import { inject } from 'vitest';
import { loadBlueprint } from '../../simulation/blueprint.ts';
import { reconciliationFlows } from './reconciliation-flows.ts';
import { testMatrixOf } from './test-matrix.ts';

/** One case of so many, in each run of the tests. */
const SHARE = 250;

testMatrixOf(await loadBlueprint(inject('assembly')), reconciliationFlows, SHARE);
