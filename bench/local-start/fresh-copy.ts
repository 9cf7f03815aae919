import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Generated folders that are not in Git: without them the copy is like a clone after `npm ci`. */
const GENERATED_FOLDERS = new Set(['node_modules', '.git', '.build', '.local', 'cdk.out']);

/**
 * Creates a copy of the project that shares its packages, so that the files written by a start
 * affect neither this folder nor other work in it.
 */
export function createFreshCopy(root: string): {
  readonly folder: string;
  readonly remove: () => void;
} {
  const folder = mkdtempSync(path.join(tmpdir(), 'stockbook-copy-'));
  cpSync(root, folder, {
    recursive: true,
    filter: (source) => !GENERATED_FOLDERS.has(path.relative(root, source)),
  });
  symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
