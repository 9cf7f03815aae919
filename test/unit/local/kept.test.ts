import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readKept, writeKept } from '../../../local/kept.ts';
import { Refusal } from '../../../local/refusal.ts';

const KEPT = {
  awsPort: 4567,
  issuerKeys: {
    customer: { kty: 'RSA', kid: 'one', d: 'private' },
    staff: { kty: 'RSA', kid: 'two', d: 'private' },
  },
};
const folder = (): string => {
  const made = mkdtempSync(path.join(tmpdir(), 'stockbook-kept-'));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return path.join(made, 'data');
};

test('what a runtime keeps is read again, by its owner only', () => {
  const data = folder();
  expect(readKept(data)).toBeUndefined();

  writeKept(data, KEPT);

  expect(readKept(data)).toEqual(KEPT);
  expect(statSync(path.join(data, 'runtime.json')).mode & 0o777).toBe(0o600);
});

test.each(['{', '{}', '{"awsPort":"1","issuerKeys":{}}'])('a damaged file is named: %s', (text) => {
  const data = folder();
  writeKept(data, KEPT);
  writeFileSync(path.join(data, 'runtime.json'), text);

  expect(() => readKept(data)).toThrow(Refusal);
  expect(() => readKept(data)).toThrow(`is damaged. Delete ${data} to start with no data.`);
});
