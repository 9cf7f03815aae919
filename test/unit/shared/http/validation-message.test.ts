import { describe, expect, test } from 'vitest';
import * as z from 'zod/mini';
import {
  ListQuery,
  Money,
  maxQuantityPerSku,
  Quantity,
  Sku,
  Text,
  Timestamp,
} from '../../../../lambdas/contracts/primitives.ts';
import { parseCursor } from '../../../../lambdas/shared/http/cursor.ts';
import { ProblemError } from '../../../../lambdas/shared/http/problem-details.ts';
import { validate } from '../../../../lambdas/shared/http/validation.ts';

const Line = z.strictObject({ sku: Sku, quantity: Quantity });
const Thing = z.strictObject({
  name: Text,
  price: z.optional(Money),
  at: z.optional(Timestamp),
  kind: z.optional(z.enum(['small', 'large'])),
  isNew: z.optional(z.boolean()),
  share: z.optional(z.number()),
  lines: z.optional(z.array(Line).check(z.minLength(1), z.maxLength(2))),
  parts: z.optional(z.array(Line).check(maxQuantityPerSku)),
  code: z.optional(z.string().check(z.regex(/^[A-Z]{3}$/))),
});

function errorsOf(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    if (error instanceof ProblemError) return error.problem.extra?.errors;
    throw error;
  }
  return 'valid';
}
const bodyErrors = (over: object) =>
  errorsOf(() => validate(Thing, { name: 'a', ...over }, 'body'));
const withLine = (over: object) => ({ lines: [{ sku: 'tea', quantity: 1, ...over }] });
const NAME_MESSAGE =
  'must be 1 to 64 letters, digits, dots, dashes or underscores, and begin with a letter or digit';
const MINOR_UNITS_MESSAGE = 'must be a whole number of minor units, for example 950 for 9.50';

describe('a field of a body', () => {
  test.each<[what: string, over: object, path: string, message: string]>([
    ['missing', { name: undefined }, 'body.name', 'is required'],
    [
      'missing in a list',
      withLine({ quantity: undefined }),
      'body.lines.0.quantity',
      'is required',
    ],
    ['null', { name: null }, 'body.name', 'must be text'],
    ['not text', { name: 7 }, 'body.name', 'must be text'],
    ['not a number', { share: '7' }, 'body.share', 'must be a number'],
    [
      'not a whole number',
      withLine({ quantity: 1.5 }),
      'body.lines.0.quantity',
      'must be a whole number',
    ],
    ['text for a number', withLine({ quantity: '1' }), 'body.lines.0.quantity', 'must be a number'],
    ['neither true nor false', { isNew: 'yes' }, 'body.isNew', 'must be true or false'],
    ['not a list', { lines: {} }, 'body.lines', 'must be a list'],
    ['not an object', { price: 9.5 }, 'body.price', 'must be an object'],
    ['empty', { name: '' }, 'body.name', 'must not be empty'],
    ['too long', { name: 'a'.repeat(256) }, 'body.name', 'must have at most 255 characters'],
    [
      'with control characters',
      { name: 'a\u0000' },
      'body.name',
      'must have no control characters',
    ],
    ['an empty list', { lines: [] }, 'body.lines', 'must have at least 1 item'],
    [
      'too many',
      { lines: Array(3).fill({ sku: 'a', quantity: 1 }) },
      'body.lines',
      'must have at most 2 items',
    ],
    ['too small', withLine({ quantity: 0 }), 'body.lines.0.quantity', 'must be at least 1'],
    [
      'too large',
      withLine({ quantity: 1_000_001 }),
      'body.lines.0.quantity',
      'must be at most 1000000',
    ],
    ['not a name', withLine({ sku: 'a b' }), 'body.lines.0.sku', NAME_MESSAGE],
    ['not one of the values', { kind: 'huge' }, 'body.kind', 'must be "small" or "large"'],
    [
      'an amount with a point',
      { price: { amount: 9.5, currency: 'EUR' } },
      'body.price.amount',
      MINOR_UNITS_MESSAGE,
    ],
    [
      'an amount as text',
      { price: { amount: '950', currency: 'EUR' } },
      'body.price.amount',
      MINOR_UNITS_MESSAGE,
    ],
    ['a missing amount', { price: { currency: 'EUR' } }, 'body.price.amount', 'is required'],
    [
      'an amount below 0',
      { price: { amount: -1, currency: 'EUR' } },
      'body.price.amount',
      'must be at least 0',
    ],
    [
      'not a currency',
      { price: { amount: 1, currency: 'euro' } },
      'body.price.currency',
      'must be a currency code of ISO 4217, for example EUR',
    ],
    [
      'not a time',
      { at: 'today' },
      'body.at',
      'must be a time in UTC, for example 2026-11-30T12:00:00Z',
    ],
    ['of another pattern', { code: 'abc' }, 'body.code', 'must match the pattern /^[A-Z]{3}$/'],
    ['not known', { colour: 'red' }, 'body.colour', 'is not a field of this request'],
    [
      'lines that are valid separately but too large in total',
      { parts: Array(2).fill({ sku: 'a', quantity: 600_000 }) },
      'body.parts',
      'must have at most 1000000 units of one SKU, in all its lines',
    ],
  ])('%s', (_what, over, path, message) => {
    expect(bodyErrors(over)).toEqual([{ path, message }]);
  });

  test('that is valid is no error', () => {
    expect(bodyErrors({ price: { amount: 950, currency: 'EUR' }, ...withLine({}) })).toBe('valid');
  });
});

describe('a query', () => {
  test.each<[query: object, path: string, message: string]>([
    [{ limit: 'many' }, 'query.limit', 'must be a whole number'],
    [{ limit: '0' }, 'query.limit', 'must be at least 1'],
    [{ limit: '101' }, 'query.limit', 'must be at most 100'],
    [{ cursor: 'a'.repeat(1_025) }, 'query.cursor', 'must have at most 1024 characters'],
    [{ sort: 'name' }, 'query.sort', 'is not a field of this request'],
  ])('%j', (query, path, message) => {
    expect(errorsOf(() => validate(ListQuery, query, 'query'))).toEqual([{ path, message }]);
  });

  test.each(['', 'noise', Buffer.from('{"other":1}').toString('base64url')])(
    'a cursor %j',
    (cursor) => {
      expect(errorsOf(() => parseCursor(z.strictObject({ sku: Sku }), cursor))).toEqual([
        { path: 'query.cursor', message: 'is not a cursor of this list' },
      ]);
    },
  );
});
