import { inject } from 'vitest';
import { loadBlueprint } from '../simulator/blueprint.ts';
import { inventoryFlows } from './flows/inventory-flows.ts';
import { testMatrixOf } from './test-matrix.ts';

/** One case of so many, in each run of the tests. */
const SHARE = 30;

testMatrixOf(await loadBlueprint(inject('assembly')), inventoryFlows, SHARE);
