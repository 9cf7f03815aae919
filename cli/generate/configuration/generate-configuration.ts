import { writeFileSync } from 'node:fs';
import { renderConfigurationPage } from './configuration-page.ts';

writeFileSync(
  new URL('../../../docs/CONFIGURATION.md', import.meta.url),
  renderConfigurationPage(),
);
