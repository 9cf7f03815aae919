import { expect, test } from 'vitest';
import { parseRouteKey } from '../../local/api/routes.ts';
import type { InvokeResult } from '../../local/functions/invoke.ts';
import { CRASH_ERROR_TYPE, TIMEOUT_ERROR_TYPE } from '../simulator/functions/invocation.ts';
import { SimulatedApi } from '../simulator/functions/simulated-api.ts';
import { VirtualTime } from '../simulator/virtual-time.ts';

const failedResult = (errorType: string): InvokeResult => ({
  ok: false,
  error: { errorType, errorMessage: 'x is undefined' },
});

test.each([
  [
    'a handler that throws',
    failedResult('TypeError'),
    ['GET /tea returned 500: TypeError: x is undefined'],
  ],
  ['a function that crashed', failedResult(CRASH_ERROR_TYPE), []],
  ['a function that timed out', failedResult(TIMEOUT_ERROR_TYPE), []],
])('reports a 500 only for a handler that threw: %s', async (_case, result, reported) => {
  const serverErrors: string[] = [];
  const api = new SimulatedApi({
    routes: [
      {
        ...parseRouteKey('GET /{sku}'),
        access: { kind: 'none' },
        functionArn: 'arn',
        timeoutMilliseconds: 1_000,
      },
    ],
    time: new VirtualTime(0, { clockSkew: () => 0, random: () => 0 }),
    invoke: async () => result,
    onServerError: (what) => serverErrors.push(what),
  });

  const response = await api.handle('GET', '/tea', { by: { user: 'alice' } });

  expect(response).toEqual({ status: 500, body: { message: 'Internal Server Error' } });
  expect(serverErrors).toEqual(reported);
});
