import { writeFileSync } from 'node:fs';
import { insertTable, PERFORMANCE_PAGE } from '../performance-page.ts';
import { idleCostByStage, renderIdleCostTable } from './idle-cost-table.ts';

/** Prints what an idle stage costs a month; `npm run idle-cost -- --save` puts the table into docs/PERFORMANCE.md. */
const table = renderIdleCostTable(idleCostByStage());
console.log(table);
if (process.argv.includes('--save'))
  writeFileSync(PERFORMANCE_PAGE, insertTable('idle-cost', table));
