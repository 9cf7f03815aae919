import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import {
  type Budget,
  describeBreaches,
  describeChanges,
  nextCeilings,
  readCeilings,
  writeCeilings,
} from './budget.ts';
import { bundleSizeBudget } from './bundle-sizes.ts';
import { renderCapacityTable } from './capacity-table.ts';
import { dynamodbBudget } from './dynamodb-usage.ts';
import { idleCostByStage, renderIdleCostTable } from './idle-cost/idle-cost-table.ts';
import { insertTable, PERFORMANCE_PAGE } from './performance-page.ts';

const BUDGETS: readonly Budget[] = [bundleSizeBudget, dynamodbBudget];
const TABLES: Readonly<Record<string, () => string>> = {
  capacity: renderCapacityTable,
  'idle-cost': () => renderIdleCostTable(idleCostByStage()),
};
const BUDGET_NAMES = BUDGETS.map(({ name }) => name);
const USAGE = `npm run budgets -- [${BUDGET_NAMES.join('] [')}] [--update]
npm run budgets -- ${Object.keys(TABLES).join(' | ')} [--save]

Compares the figures with their ceilings. --update changes the ceilings to fit the figures.
capacity prints the quotas and settings for rates of orders, idle-cost the monthly cost of idle stages.
--save writes the printed table to docs/PERFORMANCE.md.`;
const EXIT_USAGE_ERROR = 2;

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        update: { type: 'boolean', default: false },
        save: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    return exitWithUsage(error instanceof Error ? error.message : String(error));
  }
}

function exitWithUsage(problem: string): never {
  console.error(`${problem}\n\n${USAGE}`);
  return process.exit(EXIT_USAGE_ERROR);
}

/** Prints a table of docs/PERFORMANCE.md, and writes it there with `isSaved`. */
function printTable(name: string, isSaved: boolean): void {
  const table = TABLES[name]?.() ?? '';
  console.log(table);
  if (isSaved) writeFileSync(PERFORMANCE_PAGE, insertTable(name, table));
}

async function compare(budget: Budget): Promise<void> {
  const breaches = describeBreaches(await budget.measure(), readCeilings(budget), budget);
  console.log([`bench/budgets/${budget.name}.json`, ...breaches].join('\n  '));
  if (breaches.length > 0) process.exitCode = 1;
}

async function update(budget: Budget): Promise<void> {
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

const { positionals: names, values } = readArguments();
const unknownName = names.find((name) => !(name in TABLES) && !BUDGET_NAMES.includes(name));
if (values.help) console.log(USAGE);
else if (unknownName !== undefined) exitWithUsage(`There is no budget or table ${unknownName}`);
else {
  for (const name of names.filter((one) => one in TABLES)) printTable(name, values.save);
  const isWanted = ({ name }: Budget): boolean => names.length === 0 || names.includes(name);
  for (const budget of BUDGETS.filter(isWanted))
    await (values.update ? update(budget) : compare(budget));
}
