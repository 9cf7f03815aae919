import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { RetryLaterError } from '../../../../lambdas/shared/core/errors.ts';
import { SignedClient } from '../../../../lambdas/shared/http/signed-client.ts';

type ScriptedResponse =
  | { readonly status: number; readonly retryAfter?: string }
  | 'hang up'
  | 'no response';
const DONE: ScriptedResponse = { status: 200 };

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** Starts a service with scripted responses, then 200, and returns a client of it. */
async function startService(script: readonly ScriptedResponse[], timeoutMilliseconds = 4_000) {
  const requests: { at: number; method: string; headers: IncomingMessage['headers'] }[] = [];
  const open = [...script];
  const listening = createServer((request, response) => {
    requests.push({ at: Date.now(), method: request.method ?? '', headers: request.headers });
    const scripted = open.shift() ?? DONE;
    if (scripted === 'hang up') request.destroy();
    else if (scripted !== 'no response')
      response
        .writeHead(
          scripted.status,
          scripted.retryAfter === undefined ? {} : { 'retry-after': scripted.retryAfter },
        )
        .end('{"done":true}');
  });
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  const client = new SignedClient({
    url: `http://127.0.0.1:${(listening.address() as AddressInfo).port}`,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
    timeoutMilliseconds,
    serviceName: 'inventory',
  });
  const send = () =>
    client.send('PUT', '/reservations/ord-1', {
      correlationId: 'c-1',
      body: { lines: [] },
      idempotencyKey: 'key-1',
    });
  return { requests, send };
}

describe('a request to another service', () => {
  test('is signed for the API of its region, with its key and its correlation id', async () => {
    const { requests, send } = await startService([]);

    expect(await send()).toEqual({ status: 200, body: { done: true } });
    expect(requests).toMatchObject([
      {
        method: 'PUT',
        headers: {
          authorization: expect.stringMatching(
            /^AWS4-HMAC-SHA256 Credential=key\/\d{8}\/eu-west-1\/execute-api\/aws4_request/,
          ),
          'idempotency-key': 'key-1',
          'x-correlation-id': 'c-1',
          'content-type': 'application/json',
        },
      },
    ]);
  });

  test.each([429, 500, 502, 503, 504])('is retried after %i, with the same key', async (status) => {
    const { requests, send } = await startService([{ status }]);

    expect(await send()).toEqual({ status: 200, body: { done: true } });
    expect(requests.map(({ headers }) => headers['idempotency-key'])).toEqual(['key-1', 'key-1']);
  });

  test.each([200, 201, 400, 404, 409, 422])('is not retried after %i', async (status) => {
    const { requests, send } = await startService([{ status }]);

    expect((await send()).status).toBe(status);
    expect(requests).toHaveLength(1);
  });

  test.each([429, 503])(
    'is sent at most three times, then throws RetryLaterError (%i)',
    async (status) => {
      const { requests, send } = await startService(Array.from({ length: 5 }, () => ({ status })));

      await expect(send()).rejects.toThrow(
        new RetryLaterError(`inventory responded with ${status}`),
      );
      expect(requests).toHaveLength(3);
    },
  );

  test('is retried after the time in Retry-After', async () => {
    const { requests, send } = await startService([{ status: 503, retryAfter: '1' }]);

    await send();

    const [first, second] = requests;
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(990);
  });

  test.each(['4', '540'])(
    'throws immediately with a Retry-After of %s s, which exceeds its timeout',
    async (retryAfter) => {
      const { requests, send } = await startService([{ status: 429, retryAfter }]);

      await expect(send()).rejects.toMatchObject({
        name: 'RetryLaterError',
        retryAfterSeconds: Number(retryAfter),
      });
      expect(requests).toHaveLength(1);
    },
  );

  test.each<[ScriptedResponse]>([['hang up'], ['no response']])(
    'throws RetryLaterError without a response (%s)',
    async (scripted) => {
      const { send } = await startService([scripted, scripted, scripted], 300);

      await expect(send()).rejects.toThrow(new RetryLaterError('inventory did not respond'));
    },
  );
});
