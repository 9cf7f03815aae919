import { inject } from 'vitest';
import { loadBlueprint } from '../simulator/blueprint.ts';
import { sagaFlows } from './flows/saga-flows.ts';
import { testMatrixOf } from './test-matrix.ts';

/** One case of so many, in each run of the tests. */
const SHARE = 60;

testMatrixOf(await loadBlueprint(inject('assembly')), sagaFlows, SHARE);
