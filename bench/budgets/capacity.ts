import { writeFileSync } from 'node:fs';
import { capacityTable } from './capacity-table.ts';
import { PAGE, pageWith } from './page.ts';

/** Prints what rates of orders need; `npm run capacity -- --save` puts the table into docs/PERFORMANCE.md. */
const table = capacityTable();
console.log(table);
if (process.argv.includes('--save')) writeFileSync(PAGE, pageWith('capacity', table));
