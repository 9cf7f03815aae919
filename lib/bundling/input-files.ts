import { createHash } from 'node:crypto';
import { globSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';

/** Short enough for a file name, and long enough that no two contents share a hash. */
export const HASH_CHARACTERS = 16;

/** Returns the files that match the globs, sorted. Paths are relative to `root`. */
const filesOf = (root: string, globs: readonly string[]): string[] =>
  globSync([...globs], { cwd: root }).sort();

/** Returns a hash of a text. */
export const hashText = (text: string): string =>
  createHash('sha256').update(text).digest('hex').slice(0, HASH_CHARACTERS);

/** Returns a hash of the names and contents of all files that match the globs. */
export function hashFiles(root: string, globs: readonly string[]): string {
  const digest = createHash('sha256');
  for (const file of filesOf(root, globs))
    digest
      .update(`${file}\0`)
      .update(readFileSync(path.resolve(root, file)))
      .update('\0');
  return digest.digest('hex').slice(0, HASH_CHARACTERS);
}

/**
 * Returns the names, sizes and modification times of all files that match the globs. A modification
 * time changes with every write, even of the same content.
 */
export const stampFiles = (root: string, globs: readonly string[]): string =>
  filesOf(root, globs)
    .map((file) => {
      const { size, ctimeNs } = statSync(path.resolve(root, file), { bigint: true });
      return `${file} ${size} ${ctimeNs}`;
    })
    .join('\n');
