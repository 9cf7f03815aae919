import { inject } from 'vitest';
import { loadSystemModel } from '../simulator/system-model.ts';
import { testFaultMatrix } from './fault-matrix-tests.ts';
import { erasureFlows } from './flows/erasure-flows.ts';
import { orderFlows } from './flows/order-flows.ts';

/** One of this number of cases runs in `npm test`. */
const SAMPLE_EVERY = 30;

testFaultMatrix(
  await loadSystemModel(inject('assembly')),
  [...orderFlows, ...erasureFlows],
  SAMPLE_EVERY,
);
