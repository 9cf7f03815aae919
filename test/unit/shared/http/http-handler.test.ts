import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { err } from '../../../../lambdas/shared/core/result.ts';
import {
  acceptedResponse,
  createdResponse,
  okResponse,
} from '../../../../lambdas/shared/http/http-handler.ts';
import { REQUEST_ID, send } from '../../../support/http/http-event.ts';
import {
  aProblem,
  createThingHandler,
  PROBLEM_HEADERS,
  type ThingError,
  VALID_BODY,
} from '../../../support/http/http-route.ts';

beforeEach(() => {
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe('a response', () => {
  test('is the route’s response for the value, as JSON', async () => {
    const response = await send(createThingHandler(), { body: VALID_BODY });

    expect(response).toEqual({
      status: 201,
      headers: { 'content-type': 'application/json', 'x-correlation-id': REQUEST_ID },
      body: { name: 'thing' },
    });
  });

  test('is 200, 201 or 202 with its body', () => {
    expect([okResponse({ a: 1 }), createdResponse({ a: 1 }), acceptedResponse({ a: 1 })]).toEqual([
      { status: 200, body: { a: 1 } },
      { status: 201, body: { a: 1 } },
      { status: 202, body: { a: 1 } },
    ]);
  });
});

describe('a rejection', () => {
  const rejecting = (error: ThingError) =>
    send(
      createThingHandler(async () => err(error)),
      { body: VALID_BODY },
    );

  test('is returned as a problem with the request id', async () => {
    const response = await rejecting({ kind: 'gone' });

    expect(response).toEqual({
      status: 404,
      headers: PROBLEM_HEADERS,
      body: aProblem(404, 'NOT_FOUND', 'Not found', 'There is no such thing.'),
    });
  });

  test('exposes only the fields that the route names', async () => {
    const response = await rejecting({
      kind: 'insufficient',
      available: 2,
      secret: 'of the house',
    });

    expect(response.body).toEqual(
      aProblem(409, 'INSUFFICIENT_STOCK', 'Conflict', 'Too few.', { available: 2 }),
    );
  });

  test('that is temporary has a time to retry after', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    const response = await rejecting({ kind: 'busy' });

    expect(response.headers).toEqual({
      ...PROBLEM_HEADERS,
      'retry-after': '5',
    });
  });

  test('may have its own time to retry after', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    const response = await rejecting({ kind: 'full', retryAfterSeconds: 540 });

    expect(response.status).toBe(429);
    expect(response.headers).toEqual({
      ...PROBLEM_HEADERS,
      'retry-after': '540',
    });
    expect(response.body).toEqual(aProblem(429, 'TOO_MANY_HOLDS', 'Too many requests', 'Full.'));
  });

  test('of a key of another request is 422', async () => {
    const response = await rejecting({ kind: 'keyReused' });

    expect(response.body).toMatchObject({ status: 422, code: 'IDEMPOTENCY_KEY_REUSED' });
    expect(response.status).toBe(422);
  });

  test('of a body by the use case is a 400 like that of the schema', async () => {
    const errors = [{ path: 'body.lines', message: 'two currencies' }];

    const response = await rejecting({ kind: 'mixed', errors });

    expect(response.body).toEqual(
      aProblem(400, 'VALIDATION_FAILED', 'Invalid request', 'One currency.', { errors }),
    );
  });
});

describe('a function that runs out of time', () => {
  test('responds with 503 before Lambda ends it, which would be a 500', async () => {
    const startedAt = Date.now();

    const response = await send(
      createThingHandler(() => new Promise(() => undefined)),
      { body: VALID_BODY },
      700,
    );

    expect(response).toMatchObject({
      status: 503,
      headers: { 'retry-after': expect.stringMatching(/^[123]$/) },
      body: { code: 'RETRY_LATER' },
    });
    // The handler has 200 milliseconds. A timer may be late, but not later than the function's end.
    expect(Date.now() - startedAt).toBeGreaterThanOrEqual(195);
  });
});
