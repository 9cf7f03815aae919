import { describe, expect, test } from 'vitest';
import { findCycles } from './cycles.ts';
import { readSources, type Source } from './sources.ts';

const FOLDERS = ['bin', 'lib', 'lambdas', 'local', 'cli', 'client/{src,generate}', 'bench', 'test'];

/** Returns the sources `a.ts`, `b.ts` and `c.ts` with these texts. */
const sourcesOf = (...texts: readonly string[]): readonly Source[] =>
  texts.map((text, index) => ({ file: `src/${'abc'[index]}.ts`, text }));

describe('imports', () => {
  test('form no cycle, including imports of types', () => {
    const sources = readSources(...FOLDERS);

    expect(sources.length).toBeGreaterThan(600);
    expect(findCycles(sources)).toEqual([]);
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
      'reached from a file that is in no cycle',
      ["import { b } from './b.ts';", "import { c } from './c.ts';", "import { b } from './b.ts';"],
      ['b', 'c'],
    ],
  ])('finds a planted cycle %s', (_name, texts, cycle) => {
    expect(findCycles(sourcesOf(...texts))).toEqual([cycle.map((name) => `src/${name}.ts`)]);
  });

  test('form no cycle when two files import a third', () => {
    const sources = sourcesOf(
      "import { b } from './b.ts';\nimport { c } from './c.ts';",
      "import { c } from './c.ts';",
      'export const c = 1;',
    );

    expect(findCycles(sources)).toEqual([]);
  });
});
