import { describe, expect, test } from 'vitest';
import * as z from 'zod/mini';
import { parseCursor, toCursor } from '../../../../lambdas/shared/http/cursor.ts';
import { ProblemError } from '../../../../lambdas/shared/http/problem-details.ts';

const Position = z.strictObject({ sku: z.string(), index: z.int() });
const position = { sku: 'tea', index: 3 };
const base64url = (text: string) => Buffer.from(text).toString('base64url');

describe('a cursor', () => {
  test('is decoded to the position from which it was created', () => {
    expect(parseCursor(Position, toCursor(position))).toEqual(position);
  });

  test('that is absent is no position', () => {
    expect(parseCursor(Position, undefined)).toBeUndefined();
  });

  test('needs no encoding in a URL', () => {
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
    ['a position with an additional field', toCursor({ ...position, pk: 'CELL#tea#main#0' })],
    ['a position without a field', toCursor({ sku: 'tea' })],
    ['a field of another type', toCursor({ sku: { $gt: '' }, index: 3 })],
    ['a fraction', toCursor({ sku: 'tea', index: 0.5 })],
    ['a cursor that was cut off', toCursor(position).slice(0, -4)],
  ])('that is invalid gets 400 for the query, not 500: %s', (_case, cursor) => {
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
