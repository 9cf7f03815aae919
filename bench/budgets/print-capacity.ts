import { writeFileSync } from 'node:fs';
import { renderCapacityTable } from './capacity-table.ts';
import { insertTable, PERFORMANCE_PAGE } from './performance-page.ts';

/** Prints what rates of orders need; `npm run capacity -- --save` puts the table into docs/PERFORMANCE.md. */
const table = renderCapacityTable();
console.log(table);
if (process.argv.includes('--save'))
  writeFileSync(PERFORMANCE_PAGE, insertTable('capacity', table));
