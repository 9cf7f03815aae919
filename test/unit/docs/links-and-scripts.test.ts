import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const documents = globSync(['*.md', 'docs/**/*.md']);

test('every relative link of a document has a target', () => {
  const broken = documents.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)]
      .map(([, target = '']) => path.join(path.dirname(file), target))
      .filter((target) => !existsSync(target))
      .map((target) => `${file}: ${target}`),
  );

  expect(documents.length).toBeGreaterThan(10);
  expect(broken).toEqual([]);
});

test('every npm script that a document names exists', () => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'));
  const named = documents.flatMap((file) => [
    ...readFileSync(file, 'utf8').matchAll(/npm (?:run (?:-s )?([\w:-]+)|(start|test)\b)/g),
  ]);

  const missing = named
    .map(([, run, short]) => run ?? short)
    .filter((script) => !(String(script) in scripts));

  expect(named.length).toBeGreaterThan(5);
  expect(missing).toEqual([]);
});
