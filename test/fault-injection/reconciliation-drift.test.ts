import { inject } from 'vitest';
import { loadSystemModel } from '../simulator/system-model.ts';
import { testFaultMatrix } from './fault-matrix-tests.ts';
import { bookDriftFlows } from './flows/drift-flows.ts';

/** One of this number of cases runs in `npm test`. */
const SAMPLE_EVERY = 600;

// All cases of reconciliation take an hour, so three files share them and run in parallel.
testFaultMatrix(await loadSystemModel(inject('assembly')), bookDriftFlows, SAMPLE_EVERY);
