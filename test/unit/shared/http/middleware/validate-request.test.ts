import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ListQuery, NoBody } from '../../../../../lambdas/contracts/primitives.ts';
import { ok } from '../../../../../lambdas/shared/core/result.ts';
import { httpHandler, okResponse } from '../../../../../lambdas/shared/http/http-handler.ts';
import { BODY_BYTES_MAX } from '../../../../../lambdas/shared/http/middleware/validate-request.ts';
import { send } from '../../../../support/http/http-event.ts';
import {
  aProblem,
  createRecordingHandler,
  createThingHandler,
  PROBLEM_HEADERS,
  THING_PATH,
  ThingPath,
  VALID_BODY,
} from '../../../../support/http/http-route.ts';

beforeEach(() => {
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
});
afterEach(() => {
  vi.restoreAllMocks();
});
const invalidBody = (...errors: { path: string; message: unknown }[]) =>
  aProblem(400, 'VALIDATION_FAILED', 'Invalid request', 'The body failed validation.', {
    errors,
  });

describe('a body', () => {
  const MALFORMED = aProblem(
    400,
    'MALFORMED_JSON',
    'Invalid request',
    'The body must be JSON in UTF-8.',
  );
  const base64 = (...bytes: number[]) => Buffer.from(bytes).toString('base64');

  test.each([
    ['half of an object', '{"quantity":'],
    ['text', 'quantity=3'],
    ['two values', '{}{}'],
    ['a trailing comma', '{"quantity":3,}'],
    ['NaN', '{"quantity":NaN}'],
    ['single quotes', "{'quantity':3}"],
    ['a space', ' '],
  ])('that is not JSON is rejected: %s', async (_case, body) => {
    const response = await send(createThingHandler(), { body });

    expect(response).toEqual({
      status: 400,
      headers: PROBLEM_HEADERS,
      body: MALFORMED,
    });
  });

  test.each([
    ['a lone continuation byte', base64(0x22, 0x80, 0x22)],
    ['a cut-off sequence', base64(0x22, 0xe2, 0x82, 0x22)],
    ['an overlong slash', base64(0x22, 0xc0, 0xaf, 0x22)],
    ['half of a surrogate pair', base64(0x22, 0xed, 0xa0, 0x80, 0x22)],
    ['UTF-16', Buffer.from(`\uFEFF${VALID_BODY}`, 'utf16le').toString('base64')],
  ])('that is not UTF-8 is rejected: %s', async (_case, body) => {
    const response = await send(createThingHandler(), { body, isBase64Encoded: true });

    expect([response.status, response.body]).toEqual([400, MALFORMED]);
  });

  test('in base64 is decoded to its bytes', async () => {
    const { handler, requests } = createRecordingHandler();
    const body = Buffer.from(JSON.stringify({ quantity: 3, note: 'für 京都' })).toString('base64');

    await send(handler, { body, isBase64Encoded: true });

    expect(requests[0]?.body).toEqual({ quantity: 3, note: 'für 京都' });
  });

  const sized = (bytes: number, letter = ' ') => {
    const frame = JSON.stringify({ quantity: 3 });
    const width = Buffer.byteLength(letter);
    const rest = bytes - frame.length;
    return frame + letter.repeat(Math.floor(rest / width)) + ' '.repeat(rest % width);
  };

  test.each([
    [BODY_BYTES_MAX - 1, 201],
    [BODY_BYTES_MAX, 201],
    [BODY_BYTES_MAX + 1, 413],
  ])('of %i bytes: %i', async (bytes, status) => {
    expect(BODY_BYTES_MAX).toBe(16_384);

    const plain = await send(createThingHandler(), { body: sized(bytes) });
    const encoded = await send(createThingHandler(), {
      body: Buffer.from(sized(bytes)).toString('base64'),
      isBase64Encoded: true,
    });

    expect([plain.status, encoded.status]).toEqual([status, status]);
    if (status === 413) {
      expect(plain.body).toEqual(
        aProblem(
          413,
          'BODY_TOO_LARGE',
          'Request too large',
          'The body may have at most 16384 bytes.',
        ),
      );
    }
  });

  test('is measured in bytes, not in characters', async () => {
    const body = sized(BODY_BYTES_MAX + 1, '京');
    expect(body.length).toBeLessThan(BODY_BYTES_MAX);

    expect((await send(createThingHandler(), { body })).status).toBe(413);
  });

  test('that is too large is rejected before it is parsed', async () => {
    const response = await send(createThingHandler(), {
      body: 'x'.repeat(BODY_BYTES_MAX + 1),
      headers: { 'content-type': 'text/plain' },
    });

    expect(response.status).toBe(413);
  });

  test.each([
    'application/json',
    'application/json; charset=utf-8',
    'application/json;charset=UTF-8',
    'APPLICATION/JSON',
    'application/merge-patch+json',
  ])('of type %s is parsed', async (type) => {
    expect(
      (await send(createThingHandler(), { body: VALID_BODY, headers: { 'content-type': type } }))
        .status,
    ).toBe(201);
  });

  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/jsonp',
    'text/json',
    '',
    undefined,
  ])('of type %o is rejected', async (type) => {
    const response = await send(createThingHandler(), {
      body: VALID_BODY,
      headers: { 'content-type': type },
    });

    expect([response.status, response.body]).toEqual([
      415,
      aProblem(
        415,
        'UNSUPPORTED_MEDIA_TYPE',
        'Unsupported media type',
        'Send JSON with Content-Type: application/json.',
      ),
    ]);
  });

  test.each([
    ['none', undefined],
    ['an empty one', ''],
  ])('that is missing is parsed as one without fields: %s', async (_case, body) => {
    const run = async () => ok(undefined);
    const bare = httpHandler(
      { method: 'POST', path: THING_PATH, body: NoBody, isBodyOptional: true },
      {
        run,
        respond: () => okResponse({}),
        errors: {},
      },
    );

    const response = await send(bare, {
      ...(body === undefined ? {} : { body }),
      headers: { 'content-type': undefined },
    });

    expect(response.status).toBe(200);
  });

  test('that is missing gets 400 if the route requires one', async () => {
    const response = await send(createThingHandler(), { headers: { 'content-type': undefined } });

    expect(response).toMatchObject({
      status: 400,
      body: { code: 'VALIDATION_FAILED', errors: [{ path: 'body', message: 'is required' }] },
    });
  });

  test('of many levels is rejected with 400, not 500', async () => {
    const response = await send(createThingHandler(), {
      body: '['.repeat(8_000) + ']'.repeat(8_000),
    });

    expect(response.status).toBe(400);
  });
});

describe('the fields of a body', () => {
  test.each([
    ['an unknown name', '{"quantity":3,"colour":"red"}', 'colour'],
    ['__proto__', '{"quantity":3,"__proto__":{"admin":true}}', '__proto__'],
    ['constructor', '{"quantity":3,"constructor":{}}', 'constructor'],
    ['toString', '{"quantity":3,"toString":"x"}', 'toString'],
    ['the empty name', '{"quantity":3,"":1}', ''],
  ])('must be known: %s is rejected', async (_case, body, field) => {
    const response = await send(createThingHandler(), { body });

    expect([response.status, response.body]).toEqual([
      400,
      invalidBody({ path: `body.${field}`, message: 'is not a field of this request' }),
    ]);
  });

  test('are all reported at once, each with its path', async () => {
    const response = await send(createThingHandler(), {
      body: JSON.stringify({ note: '', colour: 'red', size: 1 }),
    });

    expect(response.body).toEqual(
      invalidBody(
        { path: 'body.quantity', message: expect.any(String) },
        { path: 'body.note', message: expect.any(String) },
        { path: 'body.colour', message: 'is not a field of this request' },
        { path: 'body.size', message: 'is not a field of this request' },
      ),
    );
  });

  test.each(['null', '[]', '3', '"text"', 'true', '[{"quantity":3}]'])(
    'must be those of an object: %s is rejected',
    async (body) => {
      const response = await send(createThingHandler(), { body });

      expect([response.status, response.body]).toEqual([
        400,
        invalidBody({ path: 'body', message: expect.any(String) }),
      ]);
    },
  );

  test.each([
    ['1', true],
    ['1000000', true],
    ['1e3', true],
    ['2.0', true],
    ['0', false],
    ['-0', false],
    ['-1', false],
    ['1000001', false],
    ['1.5', false],
    ['9007199254740991', false],
    ['9007199254740992', false],
    ['1e309', false],
    ['-1e309', false],
    ['"3"', false],
    ['null', false],
    ['true', false],
    ['[3]', false],
    ['{}', false],
  ])('a quantity of %s: %s', async (quantity, isGood) => {
    const response = await send(createThingHandler(), { body: `{"quantity":${quantity}}` });

    expect(response.status).toBe(isGood ? 201 : 400);
    if (!isGood) {
      expect(response.body).toMatchObject({
        code: 'VALIDATION_FAILED',
        errors: expect.arrayContaining([{ path: 'body.quantity', message: expect.any(String) }]),
      });
    }
  });

  test.each([
    ['254 characters', 'x'.repeat(254), true],
    ['255 characters', 'x'.repeat(255), true],
    ['256 characters', 'x'.repeat(256), false],
    ['none', '', false],
    ['another script', '京都のお茶', true],
    ['a line break', 'a\nb', false],
    ['a null character', 'a\u0000b', false],
    ['half of a surrogate pair', 'a\uD800b', false],
  ])('a text of %s', async (_case, note, isGood) => {
    const response = await send(createThingHandler(), {
      body: JSON.stringify({ quantity: 3, note }),
    });

    expect(response.status).toBe(isGood ? 201 : 400);
  });
});

describe('a path and a query', () => {
  const list = httpHandler(
    { method: 'GET', path: THING_PATH, params: ThingPath, query: ListQuery },
    {
      run: async ({ query }) => ok(query),
      respond: (query) => okResponse(query),
      errors: {},
    },
  );

  test.each([
    ['64 characters', 'x'.repeat(64), 200],
    ['65 characters', 'x'.repeat(65), 400],
    ['a hash', 'a#b', 400],
    ['nothing', '', 400],
  ])('a path of %s', async (_case, thingId, status) => {
    expect((await send(list, { path: { thingId } })).status).toBe(status);
  });

  test.each([
    ['0', 400],
    ['1', 200],
    ['2', 200],
    ['99', 200],
    ['100', 200],
    ['101', 400],
    ['-1', 400],
    ['1.5', 400],
    ['1e1', 400],
    ['', 400],
    ['ten', 400],
    // API Gateway joins the values of a repeated parameter.
    ['1,2', 400],
  ])('a limit of "%s": %i', async (limit, status) => {
    expect((await send(list, { query: { limit } })).status).toBe(status);
  });

  test('the default limit is 20', async () => {
    expect((await send(list)).body).toEqual({ limit: 20 });
  });

  test('an unknown query parameter is rejected', async () => {
    const response = await send(list, { query: { sort: 'asc' } });

    expect(response.body).toMatchObject({
      errors: [{ path: 'query.sort', message: 'is not a field of this request' }],
    });
  });

  test.each([
    [1023, 200],
    [1024, 200],
    [1025, 400],
  ])('a cursor of %i characters: %i', async (length, status) => {
    expect((await send(list, { query: { cursor: 'x'.repeat(length) } })).status).toBe(status);
  });
});
