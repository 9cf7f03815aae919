import { type Budget, ceilingsOf, changesOf, nextCeilings, writeCeilings } from './budget.ts';
import { bundleBudget } from './bundles.ts';
import { operationBudget } from './operations.ts';

/** Sets ceilings by the present state, on purpose: `npm run budgets`, or of some only: `npm run budgets -- bundles`. */
const BUDGETS: readonly Budget[] = [bundleBudget, operationBudget];

const asked = process.argv.slice(2);
const unknown = asked.find((name) => !BUDGETS.some((budget) => budget.name === name));
if (unknown !== undefined) {
  console.error(
    `There is no budget ${unknown}; there are: ${BUDGETS.map(({ name }) => name).join(', ')}`,
  );
  process.exit(1);
}
for (const budget of BUDGETS.filter(({ name }) => asked.length === 0 || asked.includes(name))) {
  const before = ceilingsOf(budget);
  const after = nextCeilings(await budget.measure(), before, budget);
  const changes = changesOf(before, after);
  writeCeilings(budget, after);
  console.log(
    changes.length === 0
      ? `bench/budgets/${budget.name}.json: every ceiling fits`
      : `bench/budgets/${budget.name}.json, ${budget.headroomPercent}% above what was measured:\n  ${changes.join('\n  ')}`,
  );
}
