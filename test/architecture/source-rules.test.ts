import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { layerOf } from './import-rules.ts';
import { readSources, type Source, withoutComments } from './sources.ts';

const LINES_MAX = 250;
/** A test file may be longer, because each of its cases is read alone. */
const TEST_LINES_MAX = 450;
const FILES_MAX = 15;
const GENERATED = 'client/src/generated/';
const sources = readSources(
  'lambdas',
  'lib',
  'bin',
  'local',
  'cli',
  'client/{src,generate}',
).filter(({ file }) => !file.startsWith(GENERATED));

/** `process.env`, and other ways to read it: by destructuring, by index and by import. */
const ENVIRONMENT_ACCESS =
  /\bprocess\s*\??\.\s*env\b|\bprocess\s*\[|\benv\b[^=;]*\}\s*=\s*(?:globalThis\.)?process\b|\b(?:from|import)\s*\(?\s*['"](?:node:)?process['"]/;
/**
 * The clock, randomness, timers and every other expression that can return different values for the
 * same arguments. `new Date(at)` always returns the same value.
 */
const IMPURE_EXPRESSION =
  /\bDate\s*\.\s*now\b|\bDate\s*\(\s*\)|\bnew\s+Date\b(?!\s*\(\s*[^)\s])|\bMath\s*\.\s*random\b|\bperformance\b|\bcrypto\b|\bset(?:Timeout|Interval|Immediate)\b|\bfetch\s*\(|\bprocess\s*[.?[;]|\bglobalThis\b|\bconsole\b|\bIntl\b|\.toLocale\w+\(|\bTemporal\s*\.\s*Now\b/;

const readsEnvironment = ({ text }: Source): boolean =>
  ENVIRONMENT_ACCESS.test(withoutComments(text));
const isImpure = ({ text }: Source): boolean => IMPURE_EXPRESSION.test(withoutComments(text));
const linesOf = ({ text }: Source): number =>
  text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
const filesOf = (found: readonly Source[]): readonly string[] => found.map(({ file }) => file);

const linesMaxOf = ({ file }: Source): number =>
  file.endsWith('.test.ts') ? TEST_LINES_MAX : LINES_MAX;
const longFilesOf = (all: readonly Source[]): readonly string[] =>
  filesOf(all.filter((source) => linesOf(source) > linesMaxOf(source)));

describe('the environment', () => {
  test('is read only by wirings, the local runtime and the tools', () => {
    const others = sources.filter(
      ({ file }) => !['wiring', 'local', 'cli', 'generators'].includes(layerOf(file) ?? ''),
    );

    expect(filesOf(others.filter(readsEnvironment))).toEqual([]);
  });

  test('is read by each wiring', () => {
    const wirings = sources.filter(({ file }) => layerOf(file) === 'wiring');

    expect(wirings.length).toBeGreaterThanOrEqual(4);
    expect(filesOf(wirings.filter((wiring) => !readsEnvironment(wiring)))).toEqual([]);
  });

  test.each([
    'const name = process.env.TABLE;',
    "const name = process?.env['TABLE'];",
    "const name = process['env'].TABLE;",
    'const { env } = process;',
    'const { env: { TABLE } } = process;',
    "import { env } from 'node:process';",
    "import process from 'process';",
    "const { env } = await import('process');",
  ])('a planted read is found: %s', (text) => {
    expect(readsEnvironment({ file: 'planted.ts', text })).toBe(true);
  });

  test.each([
    '// Only a wiring reads process.env.',
    'process.exitCode = 1;',
    'const { env } = options;',
  ])('but not in: %s', (text) => {
    expect(readsEnvironment({ file: 'planted.ts', text })).toBe(false);
  });
});

describe('the clock and randomness', () => {
  const pure = sources.filter(({ file }) =>
    ['domain', 'use-cases', 'core'].includes(layerOf(file) ?? ''),
  );

  test('are used by no domain and no use-case: both receive the time as an argument', () => {
    expect(pure.length).toBeGreaterThan(40);
    expect(filesOf(pure.filter(isImpure))).toEqual([]);
  });

  test.each([
    'const now = Date.now();',
    'const now = new Date();',
    'const now = new Date;',
    'const now = Date();',
    'const chance = Math.random();',
    'const id = crypto.randomUUID();',
    'const now = performance.now();',
    'setTimeout(retry, 10);',
    'const clock = globalThis.Date;',
    "const response = await fetch('https://example.com');",
    "console.log('here');",
    'const day = at.toLocaleDateString();',
  ])('a planted use is found: %s', (text) => {
    expect(isImpure({ file: 'planted.ts', text })).toBe(true);
  });

  test.each([
    'const text = new Date(at).toISOString();',
    'const at = Date.parse(text);',
    'const due = fetched(now);',
    '/** Uses an argument, never Date.now(). */',
  ])('but not in: %s', (text) => {
    expect(isImpure({ file: 'planted.ts', text })).toBe(false);
  });
});

describe('length', () => {
  test(`of a file is at most ${LINES_MAX} lines, of a test file ${TEST_LINES_MAX}`, () => {
    const all = [...sources, ...readSources('bench', 'test')];

    expect(all.length).toBeGreaterThan(600);
    expect(longFilesOf(all)).toEqual([]);
  });

  test.each([
    ['planted.ts', LINES_MAX - 1, false],
    ['planted.ts', LINES_MAX, false],
    ['planted.ts', LINES_MAX + 1, true],
    ['planted.test.ts', TEST_LINES_MAX - 1, false],
    ['planted.test.ts', TEST_LINES_MAX, false],
    ['planted.test.ts', TEST_LINES_MAX + 1, true],
  ])('%s of %i lines is too long: %s', (file, lines, isLong) => {
    const planted = { file, text: 'a;\n'.repeat(lines) };

    expect(longFilesOf([planted])).toEqual(isLong ? [file] : []);
  });
});

describe('folders', () => {
  test(`have at most ${FILES_MAX} code files each`, () => {
    const sizes = Map.groupBy([...sources, ...readSources('bench', 'test')], ({ file }) =>
      path.posix.dirname(file),
    );
    const large = [...sizes].filter(([, files]) => files.length > FILES_MAX);

    expect(large.map(([folder]) => folder)).toEqual([]);
  });
});
