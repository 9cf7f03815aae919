import { writeFileSync } from 'node:fs';
import { configurationPage } from './page.ts';

writeFileSync(new URL('../CONFIGURATION.md', import.meta.url), configurationPage());
