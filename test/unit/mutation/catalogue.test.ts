import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { applyMutant } from '../../mutation/apply-mutant.ts';
import { CATALOGUE } from '../../mutation/catalogue.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const MUTANTS_MIN = 40;

describe('the catalogue of mutants', () => {
  test(`contains at least ${MUTANTS_MIN} mutants with unique names`, () => {
    expect(CATALOGUE.length).toBeGreaterThanOrEqual(MUTANTS_MIN);
    expect(new Set(CATALOGUE.map(({ name }) => name)).size).toBe(CATALOGUE.length);
  });

  test.each(CATALOGUE.map((mutant) => [mutant.name, mutant] as const))(
    '%s: the replaced text occurs once',
    (_name, mutant) => {
      const source = readFileSync(path.join(ROOT, mutant.file), 'utf8');

      expect(applyMutant(mutant, source)).not.toBe(source);
    },
  );

  test.each([...new Set(CATALOGUE.flatMap(({ testStages }) => testStages.flat()))])(
    '%s matches at least one test file',
    (filter) => {
      expect(globSync(`${filter}{.test.ts,/**/*.test.ts,*.test.ts}`, { cwd: ROOT })).not.toEqual(
        [],
      );
    },
  );

  test('rejects a mutant whose text is missing or occurs twice', () => {
    const mutant = { name: 'none', file: 'a.ts', from: 'if (isOwner)', to: '', testStages: [] };

    expect(() => applyMutant(mutant, 'return true;')).toThrow('0 times');
    expect(() => applyMutant(mutant, 'if (isOwner) a(); if (isOwner) b();')).toThrow('2 times');
  });
});
