import { writeFileSync } from 'node:fs';
import { licensesPage } from './list.ts';

writeFileSync(new URL('../../../docs/LICENSES.md', import.meta.url), licensesPage());
