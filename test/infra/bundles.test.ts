import { cpSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { bundleLambdas, inputsHash } from '../../lib/bundles.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const copy = mkdtempSync(path.join(tmpdir(), 'stockbook-bundles-'));
for (const part of ['lambdas', 'lib', 'package-lock.json', 'tsconfig.json'])
  cpSync(path.join(ROOT, part), path.join(copy, part), { recursive: true });
afterAll(() => rmSync(copy, { recursive: true }));

describe('what was bundled before', () => {
  test('is taken again while all that goes into it is the same', () => {
    expect(inputsHash(copy)).toBe(inputsHash(ROOT));
  });

  test.each([
    'lambdas/shared/logger.ts',
    'lambdas/orders/handlers/get-order.ts',
    'lambdas/orders/handlers/new-one.ts',
    'lib/bundles.ts',
    'lib/notices.ts',
    'package-lock.json',
    'tsconfig.json',
  ])('is not after a change of %s', (file) => {
    const before = inputsHash(copy);

    writeFileSync(path.join(copy, file), '// changed');

    expect(inputsHash(copy)).not.toBe(before);
  });

  test('is not after a file has another name', () => {
    const before = inputsHash(copy);

    renameSync(path.join(copy, 'lambdas/shared/logger.ts'), path.join(copy, 'lambdas/shared/log.ts'));

    expect(inputsHash(copy)).not.toBe(before);
  });

  test('has every handler, each in a folder of its own', () => {
    const bundles = bundleLambdas({ paymentProvider: 'sandbox' });

    expect(bundles.size).toBeGreaterThan(60);
    expect(new Set(bundles.values()).size).toBe(bundles.size);
  });
});
