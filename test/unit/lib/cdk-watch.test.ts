import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import * as z from 'zod/mini';

const ROOT = new URL('../../../', import.meta.url).pathname;
const { watch } = z
  .object({ watch: z.object({ include: z.array(z.string()) }) })
  .parse(JSON.parse(readFileSync(path.join(ROOT, 'cdk.json'), 'utf8')));
const isWatched = (file: string): boolean =>
  watch.include.some((pattern) => path.matchesGlob(file, pattern));

test('`cdk watch` deploys after a change of any source of a template or a bundle', () => {
  const sources = [
    ...globSync('{bin,lib,lambdas}/**/*.ts', { cwd: ROOT }),
    ...globSync('config/*.json', { cwd: ROOT }),
    ...['cdk.json', 'package-lock.json', 'tsconfig.json'],
  ];

  expect(sources.length).toBeGreaterThan(100);
  expect(sources.filter((file) => !isWatched(file))).toEqual([]);
});

test.each([
  'test/unit/lib/cdk-watch.test.ts',
  'docs/RUNBOOK.md',
  '.build/lambdas/a.mjs',
  'cdk.out/tree.json',
])('`cdk watch` does not deploy after a change of %s', (file) => {
  expect(isWatched(file)).toBe(false);
});
