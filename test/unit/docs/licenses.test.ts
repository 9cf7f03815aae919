import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  LICENSES_ALLOWED,
  listDependencies,
  renderLicensesPage,
} from '../../../cli/generate/licenses/licenses-page.ts';

test('each shipped dependency has an allowed licence', () => {
  expect(listDependencies().length).toBeGreaterThan(20);
  expect(listDependencies().filter(({ license }) => !LICENSES_ALLOWED.includes(license))).toEqual(
    [],
  );
});

test('docs/LICENSES.md is current (npm run generate -- licenses)', () => {
  expect(readFileSync('docs/LICENSES.md', 'utf8')).toBe(renderLicensesPage());
});

// With --omit=dev, npm also omits packages that both tests and production need.
test('the SBOM lists each shipped dependency with its version', () => {
  const { components } = JSON.parse(
    execFileSync('npm', ['sbom', '--sbom-format', 'cyclonedx'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  ) as { components: { name: string; group?: string; version: string }[] };
  const named = new Set(
    components.map(
      ({ name, group, version }) => `${group === undefined ? '' : `${group}/`}${name}@${version}`,
    ),
  );

  expect(
    listDependencies().filter(({ name, version }) => !named.has(`${name}@${version}`)),
  ).toEqual([]);
});
