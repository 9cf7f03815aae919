import { inject } from 'vitest';
import { loadSystemModel } from '../simulator/system-model.ts';
import { testFaultMatrix } from './fault-matrix-tests.ts';
import { reconciliationFlows } from './flows/reconciliation-flows.ts';

/** One case of so many, in each run of the tests. */
const SAMPLE_EVERY = 600;

// One of three files, which `npm run test:faults` plays side by side: all cases of a reconciliation take an hour.
testFaultMatrix(
  await loadSystemModel(inject('assembly')),
  reconciliationFlows.slice(0, 3),
  SAMPLE_EVERY,
);
