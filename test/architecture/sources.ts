import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A source file: its path from the project's root, with `/`, and its text. */
export type Source = { readonly file: string; readonly text: string };

/** The program's own sources, those of tests and documents left out. */
export const readSources = (...folders: readonly string[]): readonly Source[] =>
  folders
    .flatMap((folder) => globSync(`${folder}/**/*.{ts,mjs}`, { cwd: ROOT }))
    .map((file) => file.split(path.sep).join('/'))
    .sort()
    .map((file) => ({ file, text: readFileSync(path.join(ROOT, file), 'utf8') }));

/** What an import names; `isType` when nothing of it is left at run time. */
export type Import = { readonly specifier: string; readonly isType: boolean };

/** Stands for an import whose target cannot be read from the text. No rule allows it. */
export const UNRESOLVED_IMPORT = '(not to be read from the text)';

// Static imports stand at the start of a line: they are top level statements, and the formatter puts each on its own.
const STATIC_IMPORT =
  /^[ \t]*(?<keyword>import|export)\b\s*(?<type>type\b)?[^;'"`]*?\bfrom\s*(['"])(?<specifier>.+?)\3/gm;
const SIDE_EFFECT_IMPORT = /^[ \t]*import\s*(['"])(?<specifier>.+?)\1/gm;
const DYNAMIC_IMPORT = /\bimport\s*\(\s*(['"`])(?<specifier>[^'"`$]+)\1/g;

/** Every import of a text: `import`, `import type`, `export … from`, `import()` and `import('…').Type`. */
export function parseImports(text: string): readonly Import[] {
  const code = withoutComments(text);
  const statics = [...code.matchAll(STATIC_IMPORT)];
  const others = [...code.matchAll(SIDE_EFFECT_IMPORT), ...code.matchAll(DYNAMIC_IMPORT)];
  const found = [...statics, ...others].map(({ groups }) => ({
    specifier: groups?.specifier ?? UNRESOLVED_IMPORT,
    isType: groups?.type !== undefined,
  }));

  // The words are counted apart from the patterns, so that a form that no pattern knows is found too.
  const codeWithoutStrings = code.replaceAll(/"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/g, "''");
  const importKeywords = countMatches(codeWithoutStrings, /\bimport\b(?!\s*\.\s*meta\b)/g);
  const matchedImports =
    statics.filter(({ groups }) => groups?.keyword === 'import').length + others.length;
  const unmatchedFroms = countMatches(codeWithoutStrings, /\bfrom\s*''/g) - statics.length;
  const requireCalls = countMatches(codeWithoutStrings, /(?<!\.)\b(?:require|createRequire)\s*\(/g);
  const unresolved =
    Math.max(0, importKeywords - matchedImports) + Math.max(0, unmatchedFroms) + requireCalls;
  return [
    ...found,
    ...Array.from({ length: unresolved }, () => ({ specifier: UNRESOLVED_IMPORT, isType: false })),
  ];
}

/** The text without the comments that have lines of their own; one behind code stays, which at worst is a false alarm. */
export const withoutComments = (text: string): string =>
  text.replaceAll(/^[ \t]*\/\*[\s\S]*?\*\//gm, '').replaceAll(/^[ \t]*\/\/.*$/gm, '');

const countMatches = (text: string, pattern: RegExp): number => [...text.matchAll(pattern)].length;
