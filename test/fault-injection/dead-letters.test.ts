import { inject } from 'vitest';
import { loadBlueprint } from '../simulator/blueprint.ts';
import { deadLetterFlows } from './flows/dead-letter-flows.ts';
import { testMatrixOf } from './test-matrix.ts';

/** One case of so many, in each run of the tests. */
const SHARE = 5;

testMatrixOf(await loadBlueprint(inject('assembly')), deadLetterFlows, SHARE);
