import { expect, test } from 'vitest';
import { parseRouteKey } from '../../local/api/routes.ts';
import type { InvokeResult } from '../../local/functions/functions.ts';
import { SimulatedApi } from '../simulator/functions/api.ts';
import { CRASHED, TIMED_OUT } from '../simulator/functions/invocation.ts';
import { VirtualTime } from '../simulator/virtual-time.ts';

const failed = (errorType: string): InvokeResult => ({
  ok: false,
  error: { errorType, errorMessage: 'x is undefined' },
});

test.each([
  [
    'a handler that throws',
    failed('TypeError'),
    ['GET /tea was answered 500: TypeError: x is undefined'],
  ],
  ['a function that crashed', failed(CRASHED), []],
  ['a function that timed out', failed(TIMED_OUT), []],
])(
  'a 500 is a violation where a client could not know better than to retry: %s',
  async (_case, result, told) => {
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
      time: new VirtualTime(0, { skew: () => 0, random: () => 0 }),
      invoke: async () => result,
      onServerError: (what) => serverErrors.push(what),
    });

    const answer = await api.answer('GET', '/tea', { by: { user: 'alice' } });

    expect(answer).toEqual({ status: 500, body: { message: 'Internal Server Error' } });
    expect(serverErrors).toEqual(told);
  },
);
