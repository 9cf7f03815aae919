import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { RetryLaterError } from '../../../../../lambdas/shared/core/errors.ts';
import { ok } from '../../../../../lambdas/shared/core/result.ts';
import { UnreadableRecordError } from '../../../../../lambdas/shared/core/unreadable-record.ts';
import { httpHandler } from '../../../../../lambdas/shared/http/http-handler.ts';
import { REQUEST_ID, send } from '../../../../support/http/http-event.ts';
import {
  aProblem,
  createThingHandler,
  PROBLEM_HEADERS,
  THING_PATH,
  VALID_BODY,
} from '../../../../support/http/http-route.ts';

beforeEach(() => {
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
});
afterEach(() => {
  vi.restoreAllMocks();
});
const readLog = () =>
  vi.mocked(process.stdout.write).mock.calls.map(([line]) => JSON.parse(String(line)));

describe('an error', () => {
  const named = (name: string) => Object.assign(new Error('secret detail'), { name });
  const coded = (code: string) => Object.assign(new Error('secret detail'), { code });
  const failing = (error: unknown) =>
    send(
      createThingHandler(() => Promise.reject(error)),
      { body: VALID_BODY },
    );

  test.each([
    ['RetryLaterError', new RetryLaterError('secret detail'), '1'],
    [
      'RetryLaterError with its own time',
      new RetryLaterError('secret detail', { retryAfterSeconds: 7 }),
      '7',
    ],
    ['a throttle', named('ThrottlingException'), '1'],
    ['a provisioned table at its limit', named('ProvisionedThroughputExceededException'), '1'],
    ['a timeout', named('TimeoutError'), '1'],
    ['an unavailable service', named('ServiceUnavailable'), '1'],
    ['a connection refused', coded('ECONNREFUSED'), '1'],
    ['a connection reset', coded('ECONNRESET'), '1'],
  ])(
    'that is transient is 503 with Retry-After, without details: %s',
    async (_case, error, after) => {
      vi.spyOn(Math, 'random').mockReturnValue(0);
      const response = await failing(error);

      expect(response).toEqual({
        status: 503,
        headers: { ...PROBLEM_HEADERS, 'retry-after': after },
        body: aProblem(
          503,
          'RETRY_LATER',
          'Service unavailable',
          'The request could not be completed. Retry it with the same Idempotency-Key.',
        ),
      });
      expect(readLog()).toMatchObject([
        { level: 'WARN', message: 'request failed: retry later', detail: 'secret detail' },
      ]);
    },
  );

  test('of an unreadable record is 500 RECORD_UNREADABLE without details, and is logged as an error', async () => {
    const unreadable = { table: 'orders', key: 'ORDER#ord-1 ORDER', problem: 'lines: is missing' };

    const response = await failing(new UnreadableRecordError(unreadable));

    expect(response).toMatchObject({ status: 500, body: { code: 'RECORD_UNREADABLE' } });
    expect(JSON.stringify(response)).not.toContain('ord-1');
    expect(readLog()).toMatchObject([
      {
        level: 'ERROR',
        error: { message: 'orders: ORDER#ord-1 ORDER cannot be read: lines: is missing' },
      },
    ]);
  });

  test.each([
    ['a bug', new TypeError('x is not a function')],
    ['a request that the table rejects', named('ValidationException')],
    ['a missing permission', named('AccessDeniedException')],
    ['a value that is not an Error', 'a string'],
  ])('that is permanent is thrown again, so that the alarm sees it: %s', async (_case, error) => {
    const outcome = await failing(error).catch((thrown: unknown) => ({ thrown }));

    expect(outcome).toEqual({ thrown: error });
    expect(readLog()).toMatchObject([
      {
        level: 'ERROR',
        message: 'request failed',
        route: 'POST /things/{thingId}',
        correlationId: REQUEST_ID,
      },
    ]);
  });

  test('while creating the response is thrown like any other', async () => {
    const handler = httpHandler(
      { method: 'GET', path: THING_PATH },
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

    expect(JSON.stringify(readLog())).not.toContain('quantity');
    expect(JSON.stringify(readLog())).not.toContain('alice');
  });
});
