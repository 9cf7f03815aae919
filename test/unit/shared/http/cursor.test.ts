import { describe, expect, test } from 'vitest';
import * as z from 'zod/mini';
import { parseCursor, toCursor } from '../../../../lambdas/shared/http/cursor.ts';
import { ProblemError } from '../../../../lambdas/shared/http/problem-details.ts';

const Position = z.strictObject({ sku: z.string(), index: z.int() });
const position = { sku: 'tea', index: 3 };
const base64url = (text: string) => Buffer.from(text).toString('base64url');

describe('a cursor', () => {
  test('that was given is read as the position that it was made from', () => {
    expect(parseCursor(Position, toCursor(position))).toEqual(position);
  });

  test('that is not given is no position', () => {
    expect(parseCursor(Position, undefined)).toBeUndefined();
  });

  test('can stand in a URL as it is', () => {
    expect(toCursor({ sku: '???>>>~~~', index: 0 })).toMatch(/^[A-Za-z0-9_-]+$/);
  });

  test.each([
    ['nothing', ''],
    ['noise', 'not a cursor'],
    ['base64 of text', base64url('tea')],
    ['base64 of half of a position', base64url('{"sku":"tea"')],
    ['null', toCursor(null)],
    ['a list', toCursor(['tea', 3])],
    ['the position of another list', toCursor({ pk: 'x', sk: 'y' })],
    ['a position with more than it has', toCursor({ ...position, pk: 'CELL#tea#main#0' })],
    ['a position with less than it has', toCursor({ sku: 'tea' })],
    ['a field of another type', toCursor({ sku: { $gt: '' }, index: 3 })],
    ['a fraction', toCursor({ sku: 'tea', index: 0.5 })],
    ['a cursor that was cut off', toCursor(position).slice(0, -4)],
  ])('that was forged is a 400 of the query, never a fault: %s', (_case, cursor) => {
    const reading = () => parseCursor(Position, cursor);

    expect(reading).toThrow(ProblemError);
    expect(reading).toThrow(
      expect.objectContaining({
        problem: expect.objectContaining({
          status: 400,
          code: 'VALIDATION_FAILED',
          extra: {
            errors: expect.arrayContaining([
              { path: expect.stringMatching(/^query\.cursor/), message: expect.any(String) },
            ]),
          },
        }),
      }),
    );
  });
});
