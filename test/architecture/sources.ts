import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A source file: its text and its path from the project's root, with `/`. */
export type Source = { readonly file: string; readonly text: string };

/** Returns the code files of these folders, sorted by path. */
export const readSources = (...folders: readonly string[]): readonly Source[] =>
  folders
    .flatMap((folder) => globSync(`${folder}/**/*.{ts,mjs}`, { cwd: ROOT }))
    .map((file) => file.split(path.sep).join('/'))
    .sort()
    .map((file) => ({ file, text: readFileSync(path.join(ROOT, file), 'utf8') }));

/** An import: its target, and `isType` if nothing of it remains at run time. */
export type Import = { readonly specifier: string; readonly isType: boolean };

/** Specifier of an import whose target cannot be read from the text. No rule allows it. */
export const UNRESOLVED_IMPORT = '(unknown target)';

// Static imports start a line: they are top-level statements, and the formatter puts each on its
// own line.
const STATIC_IMPORT =
  /^[ \t]*(?<keyword>import|export)\b\s*(?<type>type\b)?[^;'"`]*?\bfrom\s*(['"])(?<specifier>.+?)\3/gm;
const SIDE_EFFECT_IMPORT = /^[ \t]*import\s*(['"])(?<specifier>.+?)\1/gm;
const DYNAMIC_IMPORT = /\bimport\s*\(\s*(['"`])(?<specifier>[^'"`$]+)\1/g;

/**
 * Returns every import of a text: `import`, `import type`, `export … from`, `import()` and
 * `import('…').Type`.
 */
export function parseImports(text: string): readonly Import[] {
  const code = withoutComments(text);
  const statics = [...code.matchAll(STATIC_IMPORT)];
  const others = [...code.matchAll(SIDE_EFFECT_IMPORT), ...code.matchAll(DYNAMIC_IMPORT)];
  const found = [...statics, ...others].map(({ groups }) => ({
    specifier: groups?.specifier ?? UNRESOLVED_IMPORT,
    isType: groups?.type !== undefined,
  }));

  // The keywords are counted separately from the patterns, so that a form that no pattern matches
  // is also found.
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

/**
 * Removes comments that have their own lines. A comment after code remains, which can cause a false
 * alarm.
 */
export const withoutComments = (text: string): string =>
  text.replaceAll(/^[ \t]*\/\*[\s\S]*?\*\//gm, '').replaceAll(/^[ \t]*\/\/.*$/gm, '');

const countMatches = (text: string, pattern: RegExp): number => [...text.matchAll(pattern)].length;
