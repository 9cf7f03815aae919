import { writeFileSync } from 'node:fs';
import { licensesPage } from './list.ts';

writeFileSync(new URL('../LICENSES.md', import.meta.url), licensesPage());
