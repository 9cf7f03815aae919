import { inject } from 'vitest';
import { loadBlueprint } from '../../simulation/blueprint.ts';
import { reconciliationFlows } from './reconciliation-flows.ts';
import { testMatrixOf } from './test-matrix.ts';

testMatrixOf(
  await loadBlueprint(inject('assembly')),
  reconciliationFlows.filter(({ name }) => /asks once|a while ago|though an order loses/.test(name)),
  17,
);
