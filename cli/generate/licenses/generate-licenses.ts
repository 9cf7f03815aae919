import { writeFileSync } from 'node:fs';
import { renderLicensesPage } from './licenses-page.ts';

writeFileSync(new URL('../../../docs/LICENSES.md', import.meta.url), renderLicensesPage());
