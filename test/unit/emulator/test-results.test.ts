import path from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../../../local/cloud-assembly/synthesize.ts';
import { readResults } from '../../emulator/end-to-end.ts';

const FILE = path.join(ROOT, 'test', 'e2e', 'stock.test.ts');
const report = (assertionResults: readonly object[], message = ''): string =>
  JSON.stringify({ testResults: [{ name: FILE, message, assertionResults }] });

test('counts the tests that passed and names the others, by file and name', () => {
  const results = readResults(
    report([
      { status: 'passed', fullName: 'stock is counted' },
      { status: 'failed', fullName: 'stock is held' },
      { status: 'skipped', fullName: 'stock is signed' },
    ]),
  );

  expect(results).toEqual({
    passed: 1,
    failed: ['test/e2e/stock.test.ts > stock is held'],
    skipped: ['test/e2e/stock.test.ts > stock is signed'],
  });
});

test('counts a file that could not be loaded as a failed test', () => {
  expect(readResults(report([], 'Cannot find module'))).toEqual({
    passed: 0,
    failed: ['test/e2e/stock.test.ts > Cannot find module'],
    skipped: [],
  });
});
