import { readFileSync } from 'node:fs';
import * as z from 'zod/mini';

const Lockfile = z.object({
  packages: z.record(
    z.string(),
    z.object({
      version: z.optional(z.string()),
      license: z.optional(z.string()),
      dev: z.optional(z.boolean()),
    }),
  ),
});

/** Which licences a package that is shipped may have: they let software be used in a closed shop, for a notice. */
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

/** What is shipped: every package of the lockfile that production depends on, by name. */
export function listDependencies(): readonly Dependency[] {
  const { packages } = Lockfile.parse(
    JSON.parse(readFileSync(new URL('../../../package-lock.json', import.meta.url), 'utf8')),
  );
  return Object.entries(packages)
    .filter(([folder, { dev }]) => folder !== '' && dev !== true)
    .map(([folder, { version = '', license = 'none' }]) => ({
      name: folder.replace(/^.*node_modules\//, ''),
      version,
      license,
    }))
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** The list as a page. */
export const renderLicensesPage = (): string =>
  [
    '# Licences',
    '',
    'Of every package that is shipped (`npm run generate -- licenses` writes this page from the lockfile). The texts are in `THIRD_PARTY_NOTICES.txt`',
    'of each bundle, for what is in that bundle. Stockbook itself: Apache-2.0.',
    '',
    '| package | version | licence |',
    '|---|---|---|',
    ...listDependencies().map(
      ({ name, version, license }) => `| ${name} | ${version} | ${license} |`,
    ),
    '',
  ].join('\n');
