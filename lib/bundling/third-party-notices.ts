import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod/mini';

const Manifest = z.object({
  name: z.string(),
  version: z.string(),
  license: z.string(),
  homepage: z.optional(z.string()),
});
const LICENSE_FILES = '{LICENSE,LICENCE,NOTICE,license,licence,notice}*';
const SEPARATOR = '-'.repeat(80);

type Notice = { readonly packageLabel: string; readonly text: string };
const noticeCache = new Map<string, Notice>();

/**
 * Returns the licences and notices of the packages in a bundle. Each text occurs once, after the
 * names of its packages.
 */
export function thirdPartyNotices(files: readonly string[], root: string): string {
  const folders = new Set(files.map(packageFolderOf).filter((folder) => folder !== undefined));
  const byText = new Map<string, readonly string[]>();
  for (const folder of [...folders].sort()) {
    const { packageLabel, text } = noticeCache.get(folder) ?? readNotice(path.join(root, folder));
    noticeCache.set(folder, { packageLabel, text });
    byText.set(text, [...(byText.get(text) ?? []), packageLabel]);
  }
  return [
    'This bundle holds software of others, under these licences.\n',
    ...[...byText].map(([text, packages]) => `${packages.join('\n')}\n\n${text}\n`),
  ].join(`\n${SEPARATOR}\n\n`);
}

/** Returns the folder of the package. For a package within a package, this is the inner one. */
const packageFolderOf = (file: string): string | undefined =>
  /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1];

function readNotice(folder: string): Notice {
  const { name, version, license, homepage } = Manifest.parse(
    JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')),
  );
  const texts = globSync(LICENSE_FILES, { cwd: folder })
    .sort()
    .map((file) => readFileSync(path.join(folder, file), 'utf8').trim());
  return {
    packageLabel: `${name} ${version} (${license})`,
    text: texts.join('\n\n') || `No file of the package says more. ${homepage ?? ''}`.trim(),
  };
}
