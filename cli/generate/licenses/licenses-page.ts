import { readFileSync } from 'node:fs';
import * as z from 'zod/mini';

const Lockfile = z.object({
  packages: z.record(
    z.string(),
    z.object({
      version: z.optional(z.string()),
      license: z.optional(z.string()),
      dev: z.optional(z.boolean()),
      link: z.optional(z.boolean()),
    }),
  ),
});

/** Licences that a shipped package may have. They allow closed-source use and require a notice. */
export const LICENSES_ALLOWED = [
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  'MIT',
];

export type Dependency = {
  readonly name: string;
  readonly version: string;
  readonly license: string;
};

/** Lists the shipped packages: all production dependencies in the lockfile, by name. */
export function listDependencies(): readonly Dependency[] {
  const { packages } = Lockfile.parse(
    JSON.parse(readFileSync(new URL('../../../package-lock.json', import.meta.url), 'utf8')),
  );
  return Object.entries(packages)
    .filter(
      // The other folders are those of this project's own packages.
      ([folder, { dev, link }]) => folder.includes('node_modules/') && !dev && !link,
    )
    .map(([folder, { version = '', license = 'none' }]) => ({
      name: folder.replace(/^.*node_modules\//, ''),
      version,
      license,
    }))
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** Returns docs/LICENSES.md. */
export const renderLicensesPage = (): string =>
  [
    '# Licences',
    '',
    'Licences of all shipped packages. `npm run generate -- licenses` generates this page from the',
    'lockfile. Each bundle contains a file `THIRD_PARTY_NOTICES.txt` with the licence texts of its',
    'packages. Stockbook itself has the Apache-2.0 licence.',
    '',
    '| package | version | licence |',
    '|---|---|---|',
    ...listDependencies().map(
      ({ name, version, license }) => `| ${name} | ${version} | ${license} |`,
    ),
    '',
  ].join('\n');
