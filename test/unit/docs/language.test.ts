import { globSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { languageViolations } from './language-rules.ts';

const files = globSync([
  '{bin,lib,lambdas,local,cli,client,console,examples,bench,test}/**/*.{ts,tsx,mjs}',
  'docs/**/*.md',
  '{README,CONTRIBUTING,CHANGELOG}.md',
])
  .map((file) => file.split(path.sep).join('/'))
  .filter((file) => !/^docs\/LICENSES\.md$|node_modules|^client\/(dist|src\/generated)/.test(file))
  .sort();

describe('plain technical English', () => {
  test('is used in every document, comment and message', () => {
    expect(files.length).toBeGreaterThan(600);
    expect(files.flatMap((file) => languageViolations(file))).toEqual([]);
  });
});

describe('a violation in code is found:', () => {
  test.each([
    ['a fragment', '/** Of the run, in units. */'],
    ['a fragment on a second line', '/**\n * What a change does to a cell.\n */'],
    ['an archaic phrase', '/** Returns so many units. */'],
    ['a word in a line comment', '// The caller is told of the error.'],
    ['a word after code', 'const a = 1; // nobody reads it'],
    ['a word in an error text', "throw new RetryLaterError('the hold has lapsed');"],
    ['a word in a later part of a text', "new Error(\n  'a' +\n    `b answers`,\n)"],
    ['a word in a problem', "conflict('CODE', {\n  detail: 'Come again later.',\n})"],
    ['a wide comment', `/** Returns ${'units '.repeat(20)}. */`],
    ['a wide line of a block', `/*\n * Returns\n *${' units'.repeat(20)}\n */`],
  ])('%s', (_case, source) => {
    expect(languageViolations('lambdas/planted.ts', source)).toHaveLength(1);
  });

  test.each([
    'nobody',
    'twin',
    'tells',
    'answers',
    'says',
    'a letter',
    'the desk',
    'folded',
    'a walk',
    'a glance',
    'the marker',
    'a slot',
    'parked',
    'the refusal',
    'a fault',
    'borne',
    'a hand in the table',
    "in each other's way",
    'read anew',
  ])('the word in: %s', (words) => {
    expect(languageViolations('lambdas/planted.ts', `/** Returns ${words}. */`)).toHaveLength(1);
  });

  test('and reported with its line', () => {
    expect(languageViolations('a.ts', 'const a = 1;\n\n/**\n * Returns\n * a twin.\n */')).toEqual([
      'a.ts:5: "twin": use concurrent duplicate',
    ]);
  });
});

describe('a violation in a document is found:', () => {
  test.each([
    ['a word', 'The service answers.'],
    ['a word in a table', '| who | nobody |'],
    ['a wide line', 'unit '.repeat(21)],
  ])('%s', (_case, source) => {
    expect(languageViolations('docs/planted.md', source)).toHaveLength(1);
  });
});

describe('no violation is', () => {
  test.each([
    ['a name in backticks', '/** Calls `fold()` and `answer`. */'],
    ['a call without backticks', '/** Calls fold() first. */'],
    ['a quoted name', '/** Returns the key "twin". */'],
    ['a compound name', '// Calls walkTable.'],
    ['a dead letter', '/** Returns the dead\n * letters of a queue. */'],
    ['letters of a word', '/** Contains letters and digits. */'],
    ['fault injection', '/** Runs the fault matrix. */'],
    ['code', "const answer = 'told';"],
    ['a link that cannot be wrapped', `// https://example.com/${'a'.repeat(100)}`],
    ['a directive', `// biome-ignore lint/x: ${'because '.repeat(12)}`],
  ])('in code: %s', (_case, source) => {
    expect(languageViolations('lambdas/planted.ts', source)).toEqual([]);
  });

  test.each([
    ['a fenced block', '```\nthe answer\n```'],
    ['the target of a link', '[the page](runbook/a-letter.md)'],
    ['a long command', `\`command ${'option '.repeat(20)}\`.`],
    ['a wide row of a table', `| ${'unit '.repeat(21)} |`],
  ])('in a document: %s', (_case, source) => {
    expect(languageViolations('docs/planted.md', source)).toEqual([]);
  });
});
