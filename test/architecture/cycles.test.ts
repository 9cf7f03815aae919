import { describe, expect, test } from 'vitest';
import { findCycles } from './cycles.ts';
import { readSources, type Source } from './sources.ts';

const FOLDERS = ['bin', 'lib', 'lambdas', 'local', 'cli', 'bench', 'test'];
/** Files of cycles that are left, until each is broken. */
const STILL_TO_BE_BROKEN: ReadonlySet<string> = new Set([
  'lambdas/shared/dynamodb/item.ts',
  'lambdas/shared/events/rejected-change.ts',
  'lambdas/shared/events/stream-handler.ts',
  'lambdas/shared/events/stream-replay.ts',
  'local/functions/admission.ts',
  'local/functions/local-function.ts',
  'local/observation.ts',
]);

/** Sources `a.ts`, `b.ts` and `c.ts` with these texts. */
const sourcesOf = (...texts: readonly string[]): readonly Source[] =>
  texts.map((text, index) => ({ file: `src/${'abc'[index]}.ts`, text }));

describe('imports', () => {
  test('form no cycle, types included', () => {
    const sources = readSources(...FOLDERS);

    expect(sources.length).toBeGreaterThan(600);
    expect(
      findCycles(sources).filter((cycle) => cycle.some((file) => !STILL_TO_BE_BROKEN.has(file))),
    ).toEqual([]);
  });

  test.each<[name: string, texts: readonly string[], cycle: readonly string[]]>([
    ['of two files', ["import { b } from './b.ts';", "import { a } from './a.ts';"], ['a', 'b']],
    [
      'of types only',
      ["import type { B } from './b.ts';", "import type { A } from './a.ts';"],
      ['a', 'b'],
    ],
    [
      'of three files',
      ["import './b.ts';", "export * from './c.ts';", "type A = import('./a.ts').A;"],
      ['a', 'b', 'c'],
    ],
    ['of a file that imports itself', ["import { a } from './a.ts';"], ['a']],
    [
      'behind a file that is in none',
      ["import { b } from './b.ts';", "import { c } from './c.ts';", "import { b } from './b.ts';"],
      ['b', 'c'],
    ],
  ])('finds a planted cycle %s', (_name, texts, cycle) => {
    expect(findCycles(sourcesOf(...texts))).toEqual([cycle.map((name) => `src/${name}.ts`)]);
  });

  test('are no cycle when two files import a third', () => {
    const sources = sourcesOf(
      "import { b } from './b.ts';\nimport { c } from './c.ts';",
      "import { c } from './c.ts';",
      'export const c = 1;',
    );

    expect(findCycles(sources)).toEqual([]);
  });
});
