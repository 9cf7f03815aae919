import { describe, expect, test } from 'vitest';
import { compilePattern } from '../../../../local/messaging/event-pattern.ts';

const EVENT = {
  source: 'stockbook.orders',
  'detail-type': 'OrderConfirmed',
  resources: [],
  detail: {
    status: 'CONFIRMED',
    empty: '',
    nothing: null,
    paid: false,
    total: 12.5,
    tags: ['gift', 'express'],
    lines: [
      { sku: 'tea', quantity: 2 },
      { sku: 'cup', quantity: 1 },
    ],
  },
};

const matches = (pattern: unknown): boolean => compilePattern(pattern)(EVENT);
const detail = (inner: object): boolean => matches({ detail: inner });

describe('event pattern', () => {
  test.each([
    ['the empty pattern', {}],
    ['an exact value', { source: ['stockbook.orders'] }],
    ['any of several values', { 'detail-type': ['OrderPlaced', 'OrderConfirmed'] }],
    ['null', { detail: { nothing: [null] } }],
    ['an empty text', { detail: { empty: [''] } }],
    ['a boolean', { detail: { paid: [false] } }],
    ['a number', { detail: { total: [12.5] } }],
    ['one element of an array', { detail: { tags: ['express'] } }],
    ['one object of an array', { detail: { lines: { sku: ['cup'], quantity: [1] } } }],
    ['a prefix', { source: [{ prefix: 'stockbook.' }] }],
    ['a suffix', { source: [{ suffix: '.orders' }] }],
    ['a prefix or a value', { source: [{ prefix: 'other' }, 'stockbook.orders'] }],
    ['what exists', { detail: { status: [{ exists: true }] } }],
    ['what is null, as existing', { detail: { nothing: [{ exists: true }] } }],
    ['what does not exist', { detail: { gone: [{ exists: false }] } }],
    [
      'what does not exist below what does not',
      { detail: { gone: { deeper: [{ exists: false }] } } },
    ],
    ['anything but a value', { detail: { status: [{ 'anything-but': 'PLACED' }] } }],
    ['anything but a list', { detail: { status: [{ 'anything-but': ['PLACED', 'CANCELLED'] }] } }],
    ['anything but a prefix', { source: [{ 'anything-but': { prefix: 'aws.' } }] }],
    ['a range', { detail: { total: [{ numeric: ['>', 12, '<=', 12.5] }] } }],
  ])('matches %s', (_, pattern) => {
    expect(matches(pattern)).toBe(true);
  });

  test.each([
    ['another value', { source: ['stockbook.inventory'] }],
    ['a value of another case', { source: ['Stockbook.Orders'] }],
    ['one of two fields', { source: ['stockbook.orders'], 'detail-type': ['OrderPlaced'] }],
    ['the text of a number', { detail: { total: ['12.5'] } }],
    ['an empty text where null is', { detail: { nothing: [''] } }],
    ['null where nothing is', { detail: { gone: [null] } }],
    ['no element of an array', { detail: { tags: ['slow'] } }],
    [
      'two fields of different objects of an array',
      { detail: { lines: { sku: ['cup'], quantity: [2] } } },
    ],
    ['a field below a text', { detail: { status: { deeper: ['x'] } } }],
    ['what exists, as not existing', { detail: { status: [{ exists: false }] } }],
    ['an object, as existing: only leaves do', { detail: [{ exists: true }] }],
    ['an excluded value', { detail: { status: [{ 'anything-but': ['CONFIRMED'] }] } }],
    ['an excluded prefix', { source: [{ 'anything-but': { prefix: 'stockbook' } }] }],
    ['what is absent, as anything but', { detail: { gone: [{ 'anything-but': 'x' }] } }],
    ['a number outside of a range', { detail: { total: [{ numeric: ['>', 12.5] }] } }],
    ['a text in a range', { detail: { status: [{ numeric: ['>', 0] }] } }],
  ])('does not match %s', (_, pattern) => {
    expect(matches(pattern)).toBe(false);
  });

  test('does not find an element in an empty array', () => {
    expect(matches({ resources: [{ exists: false }] })).toBe(true);
  });

  test.each([
    ['an unknown operator', { source: [{ wildcard: '*' }] }, 'unknown operator wildcard at source'],
    [
      'an unknown operator in the depth',
      { detail: { a: { b: [{ cidr: '10/8' }] } } },
      'unknown operator cidr at detail.a.b',
    ],
    ['$or', { detail: { $or: [] } }, 'unknown operator $or at detail'],
    [
      'an unknown exclusion',
      { source: [{ 'anything-but': { wildcard: 'x' } }] },
      'anything-but wildcard at source',
    ],
    [
      'a value without its array',
      { source: 'stockbook.orders' },
      'source must be an object or an array',
    ],
    ['no alternatives', { source: [] }, 'source has no alternatives'],
    ['a broken range', { total: [{ numeric: ['>'] }] }, 'unknown form of numeric at total'],
  ])('%s is an error that names it', (_, pattern, message) => {
    expect(() => compilePattern(pattern)).toThrow(message);
  });

  test('matches attribute values of stream records', () => {
    const filter = compilePattern({
      eventName: ['INSERT'],
      dynamodb: { NewImage: { type: { S: ['order'] } } },
    });
    const record = (type: string) => ({
      eventName: 'INSERT',
      dynamodb: { NewImage: { type: { S: type } } },
    });

    expect([
      filter(record('order')),
      filter(record('product')),
      filter({ eventName: 'REMOVE' }),
    ]).toEqual([true, false, false]);
  });

  test('distinguishes false from absent', () => {
    expect(detail({ paid: [true] })).toBe(false);
  });
});
