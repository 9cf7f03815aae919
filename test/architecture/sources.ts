import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A source file: its path from the project's root, with `/`, and its text. */
export type Source = { readonly file: string; readonly text: string };

/** The program's own sources, those of tests and documents left out. */
export const sourcesOf = (...folders: readonly string[]): readonly Source[] =>
  folders
    .flatMap((folder) => globSync(`${folder}/**/*.{ts,mjs}`, { cwd: ROOT }))
    .map((file) => file.split(path.sep).join('/'))
    .sort()
    .map((file) => ({ file, text: readFileSync(path.join(ROOT, file), 'utf8') }));

/** What an import names; `isType` when nothing of it is left at run time. */
export type Import = { readonly specifier: string; readonly isType: boolean };

/** Stands for an import whose target cannot be read from the text. No rule allows it. */
export const UNREADABLE = '(not to be read from the text)';

// Static imports stand at the start of a line: they are top level statements, and the formatter puts each on its own.
const STATIC =
  /^[ \t]*(?<keyword>import|export)\b\s*(?<type>type\b)?[^;'"`]*?\bfrom\s*(['"])(?<specifier>.+?)\3/gm;
const FOR_EFFECT = /^[ \t]*import\s*(['"])(?<specifier>.+?)\1/gm;
const DYNAMIC = /\bimport\s*\(\s*(['"`])(?<specifier>[^'"`$]+)\1/g;

/** Every import of a text: `import`, `import type`, `export … from`, `import()` and `import('…').Type`. */
export function importsOf(text: string): readonly Import[] {
  const code = withoutComments(text);
  const statics = [...code.matchAll(STATIC)];
  const others = [...code.matchAll(FOR_EFFECT), ...code.matchAll(DYNAMIC)];
  const found = [...statics, ...others].map(({ groups }) => ({
    specifier: groups?.specifier ?? UNREADABLE,
    isType: groups?.type !== undefined,
  }));

  // The words are counted apart from the patterns, so that a form that no pattern knows is found too.
  const bare = code.replaceAll(/"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/g, "''");
  const words = count(bare, /\bimport\b(?!\s*\.\s*meta\b)/g);
  const known = statics.filter(({ groups }) => groups?.keyword === 'import').length + others.length;
  const origins = count(bare, /\bfrom\s*''/g) - statics.length;
  const required = count(bare, /(?<!\.)\b(?:require|createRequire)\s*\(/g);
  const unread = Math.max(0, words - known) + Math.max(0, origins) + required;
  return [
    ...found,
    ...Array.from({ length: unread }, () => ({ specifier: UNREADABLE, isType: false })),
  ];
}

/** The text without the comments that have lines of their own; one behind code stays, which at worst is a false alarm. */
export const withoutComments = (text: string): string =>
  text.replaceAll(/^[ \t]*\/\*[\s\S]*?\*\//gm, '').replaceAll(/^[ \t]*\/\/.*$/gm, '');

const count = (text: string, pattern: RegExp): number => [...text.matchAll(pattern)].length;
