import { inject } from 'vitest';
import { loadSystemModel } from '../simulator/system-model.ts';
import { testFaultMatrix } from './fault-matrix-tests.ts';
import { sagaFlows } from './flows/saga-flows.ts';

/** Each normal run of the tests runs one case of this number. */
const SAMPLE_EVERY = 60;

testFaultMatrix(await loadSystemModel(inject('assembly')), sagaFlows, SAMPLE_EVERY);
