import { inject } from 'vitest';
import { loadSystemModel } from '../simulator/system-model.ts';
import { testFaultMatrix } from './fault-matrix-tests.ts';
import { orderFlows } from './flows/order-flows.ts';

/** Each normal run of the tests runs one case of this number. */
const SAMPLE_EVERY = 30;

testFaultMatrix(await loadSystemModel(inject('assembly')), orderFlows, SAMPLE_EVERY);
