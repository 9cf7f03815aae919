import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { UserError } from '../../../local/errors.ts';
import { readPersistedState, writePersistedState } from '../../../local/persisted-state.ts';

const STATE = {
  awsPort: 4567,
  issuerKeys: {
    customer: { kty: 'RSA', kid: 'one', d: 'private' },
    staff: { kty: 'RSA', kid: 'two', d: 'private' },
  },
};
const createFolder = (): string => {
  const made = mkdtempSync(path.join(tmpdir(), 'stockbook-kept-'));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return path.join(made, 'data');
};

test('is read again, and only its owner can read it', () => {
  const data = createFolder();
  expect(readPersistedState(data)).toBeUndefined();

  writePersistedState(data, STATE);

  expect(readPersistedState(data)).toEqual(STATE);
  expect(statSync(path.join(data, 'runtime.json')).mode & 0o777).toBe(0o600);
});

test.each(['{', '{}', '{"awsPort":"1","issuerKeys":{}}'])('reports a damaged file: %s', (text) => {
  const data = createFolder();
  writePersistedState(data, STATE);
  writeFileSync(path.join(data, 'runtime.json'), text);

  expect(() => readPersistedState(data)).toThrow(UserError);
  expect(() => readPersistedState(data)).toThrow(
    `is damaged. Delete ${data} to start with no data.`,
  );
});
