import {
  type Budget,
  describeChanges,
  nextCeilings,
  readCeilings,
  writeCeilings,
} from './budget.ts';
import { bundleSizeBudget } from './bundle-sizes.ts';
import { dynamodbBudget } from './dynamodb-usage.ts';

/** Sets ceilings by the present state, on purpose: `npm run budgets`, or of some only: `npm run budgets -- bundles`. */
const BUDGETS: readonly Budget[] = [bundleSizeBudget, dynamodbBudget];

const names = process.argv.slice(2);
const unknown = names.find((name) => !BUDGETS.some((budget) => budget.name === name));
if (unknown !== undefined) {
  console.error(
    `There is no budget ${unknown}; there are: ${BUDGETS.map(({ name }) => name).join(', ')}`,
  );
  process.exit(1);
}
for (const budget of BUDGETS.filter(({ name }) => names.length === 0 || names.includes(name))) {
  const before = readCeilings(budget);
  const after = nextCeilings(await budget.measure(), before, budget);
  const changes = describeChanges(before, after);
  writeCeilings(budget, after);
  console.log(
    changes.length === 0
      ? `bench/budgets/${budget.name}.json: every ceiling fits`
      : `bench/budgets/${budget.name}.json, ${budget.headroomPercent}% above what was measured:\n  ${changes.join('\n  ')}`,
  );
}
