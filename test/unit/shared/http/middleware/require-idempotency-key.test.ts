import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ok } from '../../../../../lambdas/shared/core/result.ts';
import { httpHandler, okResponse } from '../../../../../lambdas/shared/http/http-handler.ts';
import { send } from '../../../../support/http/http-event.ts';
import {
  aProblem,
  createRecordingHandler,
  createThingHandler,
  THING_PATH,
  VALID_BODY,
} from '../../../../support/http/http-route.ts';

beforeEach(() => {
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe('an Idempotency-Key', () => {
  test.each([
    [1, 201],
    [254, 201],
    [255, 201],
    [256, 400],
  ])('of %i characters: %i', async (length, status) => {
    const response = await send(createThingHandler(), {
      body: VALID_BODY,
      headers: { 'idempotency-key': 'k'.repeat(length) },
    });

    expect(response.status).toBe(status);
    if (status === 400) {
      expect(response.body).toEqual(
        aProblem(
          400,
          'VALIDATION_FAILED',
          'Invalid request',
          'The Idempotency-Key may have at most 255 characters.',
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
  ])('that is %s is rejected', async (_case, key) => {
    const response = await send(createThingHandler(), {
      body: VALID_BODY,
      headers: { 'idempotency-key': key },
    });

    expect([response.status, response.body]).toEqual([
      400,
      aProblem(
        400,
        'IDEMPOTENCY_KEY_REQUIRED',
        'Invalid request',
        'Send an Idempotency-Key header of 1 to 255 characters. Use a new key for each new request.',
      ),
    ]);
  });

  test('is not required by a route that only reads', async () => {
    const read = httpHandler(
      { method: 'GET', path: THING_PATH },
      {
        run: async () => ok({}),
        respond: (value) => okResponse(value),
        errors: {},
      },
    );

    expect((await send(read, { headers: { 'idempotency-key': undefined } })).status).toBe(200);
  });

  const idempotencyOf = async (request: Parameters<typeof send>[1]) => {
    const { handler, requests } = createRecordingHandler();
    await send(handler, { body: VALID_BODY, ...request });
    return requests[0]?.idempotency;
  };

  test('identifies the same request', async () => {
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
    ['another body', { body: JSON.stringify({ quantity: 4 }) }],
    ['another path of the route', { path: { thingId: 'thing-2' } }],
  ])('with %s is the same operation and another request', async (_case, request) => {
    const [first, other] = [await idempotencyOf({}), await idempotencyOf(request)];

    expect(other?.operationId).toBe(first?.operationId);
    expect(other?.fingerprint).not.toBe(first?.fingerprint);
  });
});
