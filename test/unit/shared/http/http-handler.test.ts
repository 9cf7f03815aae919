import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import * as z from 'zod/mini';
import { Id, ListQuery, NoBody, Quantity, Text } from '../../../../lambdas/contracts/primitives.ts';
import { RetryLaterError } from '../../../../lambdas/shared/core/errors.ts';
import { err, ok, type Result } from '../../../../lambdas/shared/core/result.ts';
import { UnreadableRecordError } from '../../../../lambdas/shared/core/unreadable-record.ts';
import {
  acceptedResponse as acceptedAnswer,
  createdResponse,
  type HttpRequest,
  httpHandler,
  okResponse,
} from '../../../../lambdas/shared/http/http-handler.ts';
import { BODY_BYTES_MAX } from '../../../../lambdas/shared/http/http-request.ts';
import {
  badRequest,
  conflict,
  idempotencyKeyReused,
  notFound,
  tooManyRequests,
} from '../../../../lambdas/shared/http/problem-details.ts';
import { AS_ALICE, REQUEST_ID, send } from '../../../support/http-event.ts';

const ThingBody = z.strictObject({ quantity: Quantity, note: z.optional(Text) });
const ThingPath = z.strictObject({ thingId: Id });
type ThingRequest = HttpRequest<z.infer<typeof ThingBody>, z.infer<typeof ThingPath>, undefined>;
type Refusal =
  | { kind: 'gone' }
  | { kind: 'short'; available: number; secret: string }
  | { kind: 'busy' }
  | { kind: 'full'; retryAfterSeconds: number }
  | { kind: 'keyReused' }
  | { kind: 'mixed'; errors: { path: string; message: string }[] };
type Run = (request: ThingRequest) => Promise<Result<{ name: string }, Refusal>>;

const PATH = '/things/{thingId}';
const THING_ROUTE = {
  method: 'POST',
  path: PATH,
  params: ThingPath,
  body: ThingBody,
  idempotent: true,
  errors: {
    404: ['NOT_FOUND'],
    409: ['INSUFFICIENT_STOCK', 'ORDER_IN_PROGRESS'],
    429: ['TOO_MANY_HOLDS'],
  },
} as const;
const route = (run: Run = async () => ok({ name: 'thing' })) =>
  httpHandler(THING_ROUTE, {
    run,
    respond: ({ name }) => createdResponse({ name }),
    errors: {
      gone: notFound('NOT_FOUND', { detail: 'There is no such thing.' }),
      short: conflict('INSUFFICIENT_STOCK', { detail: 'Too few.', exposes: ['available'] }),
      busy: conflict('ORDER_IN_PROGRESS', { detail: 'Wait.', retryAfterSeconds: 5 }),
      full: tooManyRequests('TOO_MANY_HOLDS', { detail: 'Full.' }),
      keyReused: idempotencyKeyReused,
      mixed: badRequest('VALIDATION_FAILED', { detail: 'One currency.', exposes: ['errors'] }),
    },
  });

/** A route that tells what its use-case was given. */
const asking = () => {
  const requests: ThingRequest[] = [];
  const handler = route(async (request) => {
    requests.push(request);
    return ok({ name: 'thing' });
  });
  return { handler, requests };
};

const json = (value: unknown) => JSON.stringify(value);
const GOOD = json({ quantity: 3 });
const problem = (
  status: number,
  code: string,
  title: string,
  detail: string,
  extra: object = {},
) => ({
  type: 'about:blank',
  title,
  status,
  code,
  detail,
  instance: REQUEST_ID,
  ...extra,
});
const invalidBody = (...errors: { path: string; message: unknown }[]) =>
  problem(400, 'VALIDATION_FAILED', 'Invalid request', 'The body failed validation.', {
    errors,
  });

beforeEach(() => {
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
});
afterEach(() => {
  vi.restoreAllMocks();
});
const logged = () =>
  vi.mocked(process.stdout.write).mock.calls.map(([line]) => JSON.parse(String(line)));

describe('an answer', () => {
  test('is what the route makes of the value, as JSON', async () => {
    const answer = await send(route(), { body: GOOD });

    expect(answer).toEqual({
      status: 201,
      headers: { 'content-type': 'application/json', 'x-correlation-id': REQUEST_ID },
      body: { name: 'thing' },
    });
  });

  test('is 200, 201 or 202 with its body', () => {
    expect([okResponse({ a: 1 }), createdResponse({ a: 1 }), acceptedAnswer({ a: 1 })]).toEqual([
      { status: 200, body: { a: 1 } },
      { status: 201, body: { a: 1 } },
      { status: 202, body: { a: 1 } },
    ]);
  });

  test.each([
    ['of 64 characters', 'x'.repeat(64), 'x'.repeat(64)],
    ['of 65 characters', 'x'.repeat(65), REQUEST_ID],
    ['with a line break', 'a\nb', REQUEST_ID],
    ['that is empty', '', REQUEST_ID],
  ])("has the caller's own correlation id where it is one: %s", async (_case, given, id) => {
    const { handler, requests } = asking();

    const answer = await send(handler, { body: GOOD, headers: { 'x-correlation-id': given } });

    expect(answer.headers).toMatchObject({ 'x-correlation-id': id });
    expect(requests[0]?.correlationId).toBe(id);
  });
});

describe('a refusal', () => {
  const refusing = (refusal: Refusal) =>
    send(
      route(async () => err(refusal)),
      { body: GOOD },
    );

  test('is answered as a problem, which names the request', async () => {
    const answer = await refusing({ kind: 'gone' });

    expect(answer).toEqual({
      status: 404,
      headers: { 'content-type': 'application/problem+json' },
      body: problem(404, 'NOT_FOUND', 'Not found', 'There is no such thing.'),
    });
  });

  test('shows the fields that the route names, and no others', async () => {
    const answer = await refusing({ kind: 'short', available: 2, secret: 'of the house' });

    expect(answer.body).toEqual(
      problem(409, 'INSUFFICIENT_STOCK', 'Conflict', 'Too few.', { available: 2 }),
    );
  });

  test('that passes says when to retry', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    const answer = await refusing({ kind: 'busy' });

    expect(answer.headers).toEqual({
      'content-type': 'application/problem+json',
      'retry-after': '5',
    });
  });

  test('that has a time of its own says that time', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    const answer = await refusing({ kind: 'full', retryAfterSeconds: 540 });

    expect(answer.status).toBe(429);
    expect(answer.headers).toEqual({
      'content-type': 'application/problem+json',
      'retry-after': '540',
    });
    expect(answer.body).toEqual(problem(429, 'TOO_MANY_HOLDS', 'Too many requests', 'Full.'));
  });

  test('of a key that was used for another request is 422', async () => {
    const answer = await refusing({ kind: 'keyReused' });

    expect(answer.body).toMatchObject({ status: 422, code: 'IDEMPOTENCY_KEY_REUSED' });
    expect(answer.status).toBe(422);
  });

  test('of what only a use-case can see in a body is a 400 like that of the schema', async () => {
    const errors = [{ path: 'body.lines', message: 'two currencies' }];

    const answer = await refusing({ kind: 'mixed', errors });

    expect(answer.body).toEqual(
      problem(400, 'VALIDATION_FAILED', 'Invalid request', 'One currency.', { errors }),
    );
  });
});

describe('a body', () => {
  const MALFORMED = problem(
    400,
    'MALFORMED_JSON',
    'Invalid request',
    'The body is not JSON in UTF-8.',
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
  ])('that is not JSON is refused: %s', async (_case, body) => {
    const answer = await send(route(), { body });

    expect(answer).toEqual({
      status: 400,
      headers: { 'content-type': 'application/problem+json' },
      body: MALFORMED,
    });
  });

  test.each([
    ['a lone continuation byte', base64(0x22, 0x80, 0x22)],
    ['a cut-off sequence', base64(0x22, 0xe2, 0x82, 0x22)],
    ['an overlong slash', base64(0x22, 0xc0, 0xaf, 0x22)],
    ['half of a surrogate pair', base64(0x22, 0xed, 0xa0, 0x80, 0x22)],
    ['UTF-16', Buffer.from(`\uFEFF${GOOD}`, 'utf16le').toString('base64')],
  ])('that is not UTF-8 is refused: %s', async (_case, body) => {
    const answer = await send(route(), { body, isBase64Encoded: true });

    expect([answer.status, answer.body]).toEqual([400, MALFORMED]);
  });

  test('in base64 is read as its bytes', async () => {
    const { handler, requests } = asking();
    const body = Buffer.from(json({ quantity: 3, note: 'für 京都' })).toString('base64');

    await send(handler, { body, isBase64Encoded: true });

    expect(requests[0]?.body).toEqual({ quantity: 3, note: 'für 京都' });
  });

  const sized = (bytes: number, letter = ' ') => {
    const frame = json({ quantity: 3 });
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

    const plain = await send(route(), { body: sized(bytes) });
    const encoded = await send(route(), {
      body: Buffer.from(sized(bytes)).toString('base64'),
      isBase64Encoded: true,
    });

    expect([plain.status, encoded.status]).toEqual([status, status]);
    if (status === 413) {
      expect(plain.body).toEqual(
        problem(413, 'BODY_TOO_LARGE', 'Request too large', 'A body has at most 16384 bytes.'),
      );
    }
  });

  test('is measured in bytes, not in characters', async () => {
    const body = sized(BODY_BYTES_MAX + 1, '京');
    expect(body.length).toBeLessThan(BODY_BYTES_MAX);

    expect((await send(route(), { body })).status).toBe(413);
  });

  test('that is too large is refused before anything reads it', async () => {
    const answer = await send(route(), {
      body: 'x'.repeat(BODY_BYTES_MAX + 1),
      headers: { 'content-type': 'text/plain' },
    });

    expect(answer.status).toBe(413);
  });

  test.each([
    'application/json',
    'application/json; charset=utf-8',
    'application/json;charset=UTF-8',
    'APPLICATION/JSON',
    'application/merge-patch+json',
  ])('of type %s is read', async (type) => {
    expect((await send(route(), { body: GOOD, headers: { 'content-type': type } })).status).toBe(
      201,
    );
  });

  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/jsonp',
    'text/json',
    '',
    undefined,
  ])('of type %o is refused', async (type) => {
    const answer = await send(route(), { body: GOOD, headers: { 'content-type': type } });

    expect([answer.status, answer.body]).toEqual([
      415,
      problem(
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
  ])('that is missing reads as one without fields: %s', async (_case, body) => {
    const run = async () => ok(undefined);
    const bare = httpHandler(
      { method: 'POST', path: PATH, body: NoBody, isBodyOptional: true },
      {
        run,
        respond: () => okResponse({}),
        errors: {},
      },
    );

    const answer = await send(bare, {
      ...(body === undefined ? {} : { body }),
      headers: { 'content-type': undefined },
    });

    expect(answer.status).toBe(200);
  });

  test('that is missing is 400 where the route requires one', async () => {
    const answer = await send(route(), { headers: { 'content-type': undefined } });

    expect(answer).toMatchObject({
      status: 400,
      body: { code: 'VALIDATION_FAILED', errors: [{ path: 'body', message: 'is required' }] },
    });
  });

  test('of many levels is refused, not a fault', async () => {
    const answer = await send(route(), { body: '['.repeat(8_000) + ']'.repeat(8_000) });

    expect(answer.status).toBe(400);
  });
});

describe('the fields of a body', () => {
  test.each([
    ['a name that is not known', '{"quantity":3,"colour":"red"}', 'colour'],
    ['__proto__', '{"quantity":3,"__proto__":{"admin":true}}', '__proto__'],
    ['constructor', '{"quantity":3,"constructor":{}}', 'constructor'],
    ['toString', '{"quantity":3,"toString":"x"}', 'toString'],
    ['the empty name', '{"quantity":3,"":1}', ''],
  ])('are all known: %s is refused', async (_case, body, field) => {
    const answer = await send(route(), { body });

    expect([answer.status, answer.body]).toEqual([
      400,
      invalidBody({ path: `body.${field}`, message: 'is not a field of this request' }),
    ]);
  });

  test('are told all at once, each with its path', async () => {
    const answer = await send(route(), { body: json({ note: '', colour: 'red', size: 1 }) });

    expect(answer.body).toEqual(
      invalidBody(
        { path: 'body.quantity', message: expect.any(String) },
        { path: 'body.note', message: expect.any(String) },
        { path: 'body.colour', message: 'is not a field of this request' },
        { path: 'body.size', message: 'is not a field of this request' },
      ),
    );
  });

  test.each(['null', '[]', '3', '"text"', 'true', '[{"quantity":3}]'])(
    'are those of an object: %s is refused',
    async (body) => {
      const answer = await send(route(), { body });

      expect([answer.status, answer.body]).toEqual([
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
    const answer = await send(route(), { body: `{"quantity":${quantity}}` });

    expect(answer.status).toBe(isGood ? 201 : 400);
    if (!isGood) {
      expect(answer.body).toMatchObject({
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
    const answer = await send(route(), { body: json({ quantity: 3, note }) });

    expect(answer.status).toBe(isGood ? 201 : 400);
  });
});

describe('a path and a query', () => {
  const list = httpHandler(
    { method: 'GET', path: PATH, params: ThingPath, query: ListQuery },
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
    // API Gateway joins what is given twice.
    ['1,2', 400],
  ])('a limit of "%s": %i', async (limit, status) => {
    expect((await send(list, { query: { limit } })).status).toBe(status);
  });

  test('a limit that is not given is 20', async () => {
    expect((await send(list)).body).toEqual({ limit: 20 });
  });

  test('a query that is not known is refused', async () => {
    const answer = await send(list, { query: { sort: 'asc' } });

    expect(answer.body).toMatchObject({
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

describe('an Idempotency-Key', () => {
  test.each([
    [1, 201],
    [254, 201],
    [255, 201],
    [256, 400],
  ])('of %i characters: %i', async (length, status) => {
    const answer = await send(route(), {
      body: GOOD,
      headers: { 'idempotency-key': 'k'.repeat(length) },
    });

    expect(answer.status).toBe(status);
    if (status === 400) {
      expect(answer.body).toEqual(
        problem(
          400,
          'VALIDATION_FAILED',
          'Invalid request',
          'An Idempotency-Key has at most 255 characters.',
          {
            errors: [
              { path: 'headers.idempotency-key', message: 'must have at most 255 characters' },
            ],
          },
        ),
      );
    }
  });

  test.each([
    ['missing', undefined],
    ['empty', ''],
  ])('that is %s is refused', async (_case, key) => {
    const answer = await send(route(), { body: GOOD, headers: { 'idempotency-key': key } });

    expect([answer.status, answer.body]).toEqual([
      400,
      problem(
        400,
        'IDEMPOTENCY_KEY_REQUIRED',
        'Invalid request',
        'Send an Idempotency-Key header of 1 to 255 characters, new for each new request.',
      ),
    ]);
  });

  test('is not asked for where nothing is made or moved', async () => {
    const read = httpHandler(
      { method: 'GET', path: PATH },
      {
        run: async () => ok({}),
        respond: (value) => okResponse(value),
        errors: {},
      },
    );

    expect((await send(read, { headers: { 'idempotency-key': undefined } })).status).toBe(200);
  });

  const idempotencyOf = async (request: Parameters<typeof send>[1]) => {
    const { handler, requests } = asking();
    await send(handler, { body: GOOD, ...request });
    return requests[0]?.idempotency;
  };

  test('marks the same request the same, and nothing else', async () => {
    const first = await idempotencyOf({});

    expect(await idempotencyOf({ body: ' { "quantity" : 3.0 } ' })).toEqual(first);
    expect(await idempotencyOf({ headers: { 'x-correlation-id': 'other' } })).toEqual(first);
    expect(first).toEqual({
      operationId: expect.stringMatching(/^[A-Za-z0-9_-]{32}$/),
      fingerprint: expect.stringMatching(/^[A-Za-z0-9_-]{32}$/),
    });
  });

  test.each([
    ['another caller', { authorizer: { jwt: { claims: { sub: 'bob' } } } }],
    ['another route', { routeKey: 'POST /others/{thingId}' }],
    ['another key', { headers: { 'idempotency-key': 'key-2' } }],
  ])('is scoped to caller and route: %s is another operation', async (_case, request) => {
    const [first, other] = [await idempotencyOf({}), await idempotencyOf(request)];

    expect(other?.operationId).not.toBe(first?.operationId);
    expect(other?.fingerprint).toBe(first?.fingerprint);
  });

  test.each([
    ['another body', { body: json({ quantity: 4 }) }],
    ['another path of the route', { path: { thingId: 'thing-2' } }],
  ])('with %s is the same operation and another request', async (_case, request) => {
    const [first, other] = [await idempotencyOf({}), await idempotencyOf(request)];

    expect(other?.operationId).toBe(first?.operationId);
    expect(other?.fingerprint).not.toBe(first?.fingerprint);
  });
});

describe('the caller', () => {
  test.each([
    ['the sub of a token', AS_ALICE, { kind: 'user', id: 'alice' }],
    [
      'the client_id of a token without sub',
      { jwt: { claims: { client_id: 'program' } } },
      { kind: 'user', id: 'program' },
    ],
    [
      'the ARN that signed',
      { iam: { userArn: 'arn:aws:sts::0:x' } },
      { kind: 'service', id: 'arn:aws:sts::0:x' },
    ],
  ])('is %s', async (_case, authorizer, caller) => {
    const { handler, requests } = asking();

    await send(handler, { body: GOOD, authorizer });

    expect(requests[0]?.caller).toEqual(caller);
  });

  test.each([
    ['no authorizer', undefined],
    ['no claims', { jwt: { claims: {} } }],
    ['an empty sub', { jwt: { claims: { sub: '' } } }],
    ['a sub that is no text', { jwt: { claims: { sub: 17 } } }],
    ['no ARN', { iam: {} }],
  ])('that is nobody is refused: %s', async (_case, authorizer) => {
    const { handler, requests } = asking();

    const answer = await send(handler, { body: GOOD, authorizer });

    expect([answer.status, answer.body]).toEqual([
      403,
      problem(403, 'NO_SUBJECT', 'Forbidden', 'The token has neither sub nor client_id.'),
    ]);
    expect(requests).toEqual([]);
  });
});

describe('a function whose time runs out', () => {
  test('answers 503 before Lambda ends it, which would be a 500', async () => {
    const startedAt = Date.now();

    const answer = await send(
      route(() => new Promise(() => undefined)),
      { body: GOOD },
      700,
    );

    expect(answer).toMatchObject({
      status: 503,
      headers: { 'retry-after': expect.stringMatching(/^[123]$/) },
      body: { code: 'RETRY_LATER' },
    });
    // With 200 milliseconds to itself; a timer may come late, but not after the function's end.
    expect(Date.now() - startedAt).toBeGreaterThanOrEqual(195);
  });

  test('tells its use case by when it must have an answer, well before that', async () => {
    const { handler, requests } = asking();
    const before = Date.now();

    await send(handler, { body: GOOD }, 10_000);

    const [request] = requests;
    expect(request?.deadline).toBeGreaterThanOrEqual(before + 9_000);
    expect(request?.deadline).toBeLessThanOrEqual(Date.now() + 9_000);
  });
});

describe('a fault', () => {
  const named = (name: string) => Object.assign(new Error('secret detail'), { name });
  const coded = (code: string) => Object.assign(new Error('secret detail'), { code });
  const failing = (fault: unknown) =>
    send(
      route(() => Promise.reject(fault)),
      { body: GOOD },
    );

  test.each([
    ['RetryLaterError', new RetryLaterError('secret detail'), '1'],
    [
      'RetryLater with its own time',
      new RetryLaterError('secret detail', { retryAfterSeconds: 7 }),
      '7',
    ],
    ['a throttle', named('ThrottlingException'), '1'],
    ['a provisioned table at its limit', named('ProvisionedThroughputExceededException'), '1'],
    ['a timeout', named('TimeoutError'), '1'],
    ['a service that is away', named('ServiceUnavailable'), '1'],
    ['a connection refused', coded('ECONNREFUSED'), '1'],
    ['a connection reset', coded('ECONNRESET'), '1'],
  ])(
    'that passes is 503 with Retry-After, and says nothing of itself: %s',
    async (_case, fault, after) => {
      vi.spyOn(Math, 'random').mockReturnValue(0);
      const answer = await failing(fault);

      expect(answer).toEqual({
        status: 503,
        headers: { 'content-type': 'application/problem+json', 'retry-after': after },
        body: problem(
          503,
          'RETRY_LATER',
          'Service unavailable',
          'Nothing was changed that a repeat would change again. Send the same request with the same key later.',
        ),
      });
      expect(logged()).toMatchObject([
        { level: 'WARN', message: 'request failed: retry later', detail: 'secret detail' },
      ]);
    },
  );

  test('of a record that cannot be read is 500 RECORD_UNREADABLE, names nothing, and is logged as an error', async () => {
    const unreadable = { table: 'orders', key: 'ORDER#ord-1 ORDER', problem: 'lines: is missing' };

    const answer = await failing(new UnreadableRecordError(unreadable));

    expect(answer).toMatchObject({ status: 500, body: { code: 'RECORD_UNREADABLE' } });
    expect(JSON.stringify(answer)).not.toContain('ord-1');
    expect(logged()).toMatchObject([
      {
        level: 'ERROR',
        error: { message: 'orders: ORDER#ord-1 ORDER cannot be read: lines: is missing' },
      },
    ]);
  });

  test.each([
    ['a bug', new TypeError('x is not a function')],
    ['a request that the table does not take', named('ValidationException')],
    ['a missing permission', named('AccessDeniedException')],
    ['something that is no error', 'a string'],
  ])('that will not pass is thrown on, so that the alarm sees it: %s', async (_case, fault) => {
    const outcome = await failing(fault).catch((thrown: unknown) => ({ thrown }));

    expect(outcome).toEqual({ thrown: fault });
    expect(logged()).toMatchObject([
      {
        level: 'ERROR',
        message: 'request failed',
        route: 'POST /things/{thingId}',
        correlationId: REQUEST_ID,
      },
    ]);
  });

  test('in making the answer is thrown on like any other', async () => {
    const handler = httpHandler(
      { method: 'GET', path: PATH },
      {
        run: async () => ok({}),
        respond: () => {
          throw new Error('a bug in the view');
        },
        errors: {},
      },
    );

    await expect(send(handler)).rejects.toThrow('a bug in the view');
  });

  test('never logs the body or the token', async () => {
    await failing(new TypeError('a bug')).catch(() => {});

    expect(JSON.stringify(logged())).not.toContain('quantity');
    expect(JSON.stringify(logged())).not.toContain('alice');
  });
});
