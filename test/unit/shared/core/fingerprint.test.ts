import { describe, expect, test } from 'vitest';
import { deriveId, fingerprintOf } from '../../../../lambdas/shared/core/fingerprint.ts';

describe('a fingerprint', () => {
  test('does not depend on the order of the keys, at every level', () => {
    const one = { a: 1, b: { c: [{ d: 1, e: 2 }], f: 'x' } };
    const other = { b: { f: 'x', c: [{ e: 2, d: 1 }] }, a: 1 };

    expect(fingerprintOf(other)).toBe(fingerprintOf(one));
  });

  test('treats an undefined field as absent', () => {
    expect(fingerprintOf({ a: 1, b: undefined })).toBe(fingerprintOf({ a: 1 }));
  });

  test.each([
    ['values', { a: 1 }, { a: 2 }],
    ['names', { a: 1 }, { b: 1 }],
    ['types', { a: 1 }, { a: '1' }],
    ['an absent value and null', {}, { a: null }],
    ['an empty object and an empty list', {}, []],
    ['the order of a list', [1, 2], [2, 1]],
    ['the nesting of a list', [[1], 2], [1, [2]]],
    ['the boundary between two fields', { a: '1","b":"2' }, { a: '1', b: '2' }],
    ['text that looks like JSON', { a: '{"b":1}' }, { a: { b: 1 } }],
    ['true and the text "true"', { a: true }, { a: 'true' }],
    ['a field named __proto__', JSON.parse('{"__proto__":1}'), {}],
  ])('distinguishes %s', (_case, one, other) => {
    expect(fingerprintOf(one)).not.toBe(fingerprintOf(other));
  });

  test.each([[undefined], [null], [0], [''], [false], [[]], [{}]])('exists for %o', (value) => {
    expect(fingerprintOf(value)).toMatch(/^[A-Za-z0-9_-]{32}$/);
  });

  test('never changes for a value, because it is stored for 400 days', () => {
    expect(fingerprintOf({ path: { sku: 'tea' }, body: { quantity: 3 } })).toBe(
      '2BL6fHZRsBcNxpk_v7nNF9UoMoZpmpIM',
    );
  });
});

describe('a derived id', () => {
  test('is the same for the same parts', () => {
    expect(deriveId('alice', 'POST /orders', 'key')).toBe(deriveId('alice', 'POST /orders', 'key'));
  });

  test.each([
    ['the boundary between parts', ['ab', 'c'], ['a', 'bc']],
    ['the order', ['a', 'b'], ['b', 'a']],
    ['an empty part', ['a', ''], ['a']],
    ['a part with quotes', ['a","b'], ['a', 'b']],
  ])('depends on %s', (_case, one, other) => {
    expect(deriveId(...one)).not.toBe(deriveId(...other));
  });

  test('is valid in a path and in an execution name', () => {
    expect(deriveId('alice', 'POST /orders', 'k'.repeat(255))).toMatch(/^[A-Za-z0-9_-]{32}$/);
  });
});
