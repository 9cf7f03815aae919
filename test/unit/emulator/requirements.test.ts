import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

test('every Python package is pinned to an exact version', () => {
  const lines = readFileSync('test/emulator/python/requirements.txt', 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));

  expect(lines).toContainEqual(expect.stringMatching(/^ministack==/));
  expect(lines.filter((line) => !/^[\w.-]+==\d+(\.(post)?\d+)*$/.test(line))).toEqual([]);
});
