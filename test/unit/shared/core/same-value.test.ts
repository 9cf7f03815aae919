import { describe, expect, test } from 'vitest';
import { isSameValue } from '../../../../lambdas/shared/core/same-value.ts';

describe('two values', () => {
  test.each([
    ['a text', 'a', 'a'],
    ['no value', null, null],
    ['fields in another order', { a: 1, b: 2 }, { b: 2, a: 1 }],
    ['an undefined field', { a: 1, b: undefined }, { a: 1 }],
    ['nested lists', [{ a: [1, 2] }], [{ a: [1, 2] }]],
  ])('are the same with %s', (_case, a, b) => {
    expect(isSameValue(a, b)).toBe(true);
    expect(isSameValue(b, a)).toBe(true);
  });

  test.each([
    ['another number', 1, 2],
    ['another type', 1, '1'],
    ['no value and an object', null, {}],
    ['one more field', { a: 1 }, { a: 1, b: 2 }],
    ['another field', { a: 1 }, { b: 1 }],
    ['another order of a list', [1, 2], [2, 1]],
    ['a nested difference', { a: { b: 1 } }, { a: { b: 2 } }],
  ])('differ with %s', (_case, a, b) => {
    expect(isSameValue(a, b)).toBe(false);
    expect(isSameValue(b, a)).toBe(false);
  });
});
