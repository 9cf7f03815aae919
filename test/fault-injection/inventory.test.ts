import { inject } from 'vitest';
import { loadSystemModel } from '../simulator/system-model.ts';
import { testFaultMatrix } from './fault-matrix-tests.ts';
import { inventoryFlows } from './flows/inventory-flows.ts';
import { levelFlows } from './flows/level-flows.ts';
import { locationFlows } from './flows/location-flows.ts';
import { serviceFlows } from './flows/service-flows.ts';

/** One of this number of cases runs in `npm test`. */
const SAMPLE_EVERY = 30;

testFaultMatrix(
  await loadSystemModel(inject('assembly')),
  [...inventoryFlows, ...locationFlows, ...levelFlows, ...serviceFlows],
  SAMPLE_EVERY,
);
