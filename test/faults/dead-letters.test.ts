import { inject } from 'vitest';
import { loadBlueprint } from '../../simulation/blueprint.ts';
import { deadLetterFlows } from './dead-letter-flows.ts';
import { testMatrixOf } from './test-matrix.ts';

/** One case of so many, in each run of the tests. */
const SHARE = 5;

testMatrixOf(await loadBlueprint(inject('assembly')), deadLetterFlows, SHARE);
