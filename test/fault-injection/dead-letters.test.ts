import { inject } from 'vitest';
import { loadSystemModel } from '../simulator/system-model.ts';
import { testFaultMatrix } from './fault-matrix-tests.ts';
import { deadLetterFlows } from './flows/dead-letter-flows.ts';

/** One of this number of cases runs in `npm test`. */
const SAMPLE_EVERY = 50;

testFaultMatrix(await loadSystemModel(inject('assembly')), deadLetterFlows, SAMPLE_EVERY);
