import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { renderConfigurationPage } from '../../../cli/generate/configuration/configuration-page.ts';
import { CONFIG_OPTIONS } from '../../../lib/config.ts';

test('docs/CONFIGURATION.md is current (npm run generate -- configuration)', () => {
  expect(readFileSync('docs/CONFIGURATION.md', 'utf8')).toBe(renderConfigurationPage());
});

test('docs/CONFIGURATION.md has a row with meaning and default for each setting', () => {
  const keys = Object.values(CONFIG_OPTIONS).flatMap(Object.keys);
  const rows = [...renderConfigurationPage().matchAll(/^\| `(\w+)` \| \S.* \| \S.* \|$/gm)].map(
    ([, key]) => key,
  );

  expect(keys.length).toBeGreaterThan(30);
  expect(rows).toEqual(keys);
});
