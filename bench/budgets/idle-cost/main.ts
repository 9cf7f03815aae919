import { writeFileSync } from 'node:fs';
import { PAGE, pageWith } from '../page.ts';
import { idleCosts, tableOf } from './table.ts';

/** Prints what an idle stage costs a month; `npm run idle-cost -- --save` puts the table into docs/PERFORMANCE.md. */
const table = tableOf(idleCosts());
console.log(table);
if (process.argv.includes('--save')) writeFileSync(PAGE, pageWith('idle-cost', table));
