import { inject } from 'vitest';
import { loadSystemModel } from '../simulator/system-model.ts';
import { testFaultMatrix } from './fault-matrix-tests.ts';
import { deadLetterFlows } from './flows/dead-letter-flows.ts';

/** One case of so many, in each run of the tests. */
const SAMPLE_EVERY = 20;

testFaultMatrix(await loadSystemModel(inject('assembly')), deadLetterFlows, SAMPLE_EVERY);
