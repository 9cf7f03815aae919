import { inject } from 'vitest';
import { loadSystemModel } from '../simulator/system-model.ts';
import { testFaultMatrix } from './fault-matrix-tests.ts';
import { sagaFlows } from './flows/saga-flows.ts';

/** One of this number of cases runs in `npm test`. */
const SAMPLE_EVERY = 150;

testFaultMatrix(await loadSystemModel(inject('assembly')), sagaFlows, SAMPLE_EVERY);
