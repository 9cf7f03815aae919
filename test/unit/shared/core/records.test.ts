import { describe, expect, expectTypeOf, test } from 'vitest';
import { defined } from '../../../../lambdas/shared/core/defined.ts';
import { nextVersion } from '../../../../lambdas/shared/core/next-version.ts';

describe('the next version of a record', () => {
  test('has the next number, the time of the change and every other field', () => {
    const record = { orderId: 'ord-1', version: 3, updatedAt: '2026-01-01T12:00:00.000Z' };

    expect(nextVersion(record, Date.UTC(2026, 0, 2))).toEqual({
      orderId: 'ord-1',
      version: 4,
      updatedAt: '2026-01-02T00:00:00.000Z',
    });
    expect(record.version).toBe(3);
  });
});

describe('the defined fields', () => {
  test('omit a field that is undefined and keep null, false, zero and empty text', () => {
    const fields = { a: undefined, b: null, c: false, d: 0, e: '' };

    expect(Object.entries(defined(fields))).toEqual([
      ['b', null],
      ['c', false],
      ['d', 0],
      ['e', ''],
    ]);
  });

  test('make a field optional whose value may be undefined', () => {
    const note = Math.random() < 2 ? undefined : 'note';
    const fields = defined({ orderId: 'ord-1', note });

    expectTypeOf(fields).toExtend<{ readonly orderId: string; readonly note?: string }>();
  });
});
