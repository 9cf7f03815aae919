import { inject } from 'vitest';
import { loadBlueprint } from '../simulator/blueprint.ts';
import { reconciliationFlows } from './flows/reconciliation-flows.ts';
import { testMatrixOf } from './test-matrix.ts';

/** One case of so many, in each run of the tests. */
const SHARE = 250;

// One of three files, which `npm run faults` plays side by side: all cases of a reconciliation take an hour.
testMatrixOf(await loadBlueprint(inject('assembly')), reconciliationFlows.slice(0, 3), SHARE);
