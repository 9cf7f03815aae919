import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { err } from '../../../../../lambdas/shared/core/result.ts';
import { REQUEST_ID, send } from '../../../../support/http/http-event.ts';
import {
  createThingHandler,
  type ThingError,
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
const REQUEST_FIELDS = { route: 'POST /things/{thingId}', correlationId: REQUEST_ID };

describe('the access log', () => {
  test('has a line for a completed request', async () => {
    await send(createThingHandler(), { body: VALID_BODY });

    expect(readLog()).toEqual([
      expect.objectContaining({
        level: 'INFO',
        message: 'request completed',
        ...REQUEST_FIELDS,
        status: 201,
      }),
    ]);
  });

  test('has a line with the code for a rejected request', async () => {
    const error: ThingError = { kind: 'gone' };

    await send(
      createThingHandler(async () => err(error)),
      { body: VALID_BODY },
    );

    expect(readLog()).toEqual([
      expect.objectContaining({
        level: 'INFO',
        message: 'request rejected',
        ...REQUEST_FIELDS,
        status: 404,
        code: 'NOT_FOUND',
      }),
    ]);
  });

  test('has no line for a request that fails validation', async () => {
    await send(createThingHandler(), { body: '{}' });

    expect(readLog()).toEqual([]);
  });
});
