import { readFileSync, writeFileSync } from 'node:fs';
import { insertFindingTable, RUNBOOK_PAGE } from './finding-table.ts';

writeFileSync(RUNBOOK_PAGE, insertFindingTable(readFileSync(RUNBOOK_PAGE, 'utf8')));
