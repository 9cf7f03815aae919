import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  dependencies,
  LICENSES_ALLOWED,
  licensesPage,
} from '../../../cli/generate/licenses/list.ts';

test('what is shipped has licences that may be', () => {
  expect(dependencies().length).toBeGreaterThan(20);
  expect(dependencies().filter(({ license }) => !LICENSES_ALLOWED.includes(license))).toEqual([]);
});

test('docs/LICENSES.md lists it (npm run licenses)', () => {
  expect(readFileSync('docs/LICENSES.md', 'utf8')).toBe(licensesPage());
});

// With --omit=dev, npm leaves out what the tests need too, though production does.
test('the SBOM names each of it, by name and version', () => {
  const { components } = JSON.parse(
    execFileSync('npm', ['run', '--silent', 'sbom'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  ) as { components: { name: string; group?: string; version: string }[] };
  const named = new Set(
    components.map(
      ({ name, group, version }) => `${group === undefined ? '' : `${group}/`}${name}@${version}`,
    ),
  );

  expect(dependencies().filter(({ name, version }) => !named.has(`${name}@${version}`))).toEqual(
    [],
  );
});
