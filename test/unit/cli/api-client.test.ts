import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import {
  AccessDeniedError,
  connect,
  describeRejection,
  RetryLaterError,
  UnavailableError,
} from '../../../cli/client/api-client.ts';
import { sendCounts } from '../../../cli/stock-take/send-counts.ts';

const SOON_MILLISECONDS = 1;

type Request = {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
};
type Respond = (
  request: Request,
  index: number,
) => { status: number; body?: unknown; headers?: Record<string, string> } | 'hang up';

let server: Server | undefined;
afterEach(() => server?.close());

/** Starts an API with the responses of the test. */
async function startApi(respond: Respond) {
  const requests: Request[] = [];
  const created = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    const request = {
      method: incoming.method ?? '',
      url: incoming.url ?? '',
      headers: incoming.headers,
      body: text === '' ? undefined : JSON.parse(text),
    };
    requests.push(request);
    const response = respond(request, requests.length - 1);
    if (response === 'hang up') return incoming.socket.destroy();
    outgoing.writeHead(response.status, {
      'content-type': 'application/json',
      ...response.headers,
    });
    outgoing.end(JSON.stringify(response.body ?? {}));
  });
  server = created;
  await new Promise<void>((resolve) => created.listen(0, '127.0.0.1', resolve));
  const { port } = created.address() as AddressInfo;
  return { where: { url: `http://127.0.0.1:${port}`, token: 'token-1' }, requests };
}

const QUICK = { backoffMilliseconds: SOON_MILLISECONDS };

describe('a request of a command', () => {
  test('carries the token, the key and the body', async () => {
    const { where, requests } = await startApi(() => ({
      status: 202,
      body: { reconciliationId: 'rec-1' },
    }));

    const { data } = await connect(where).POST('/reconciliations', {
      params: { header: { 'Idempotency-Key': 'key-1' } },
      body: { full: true },
    });

    expect(data).toEqual({ reconciliationId: 'rec-1' });
    expect(requests).toMatchObject([
      {
        method: 'POST',
        url: '/reconciliations',
        headers: {
          authorization: 'Bearer token-1',
          'idempotency-key': 'key-1',
          'content-type': 'application/json',
        },
        body: { full: true },
      },
    ]);
  });

  test.each([
    ['busy', { status: 503, headers: { 'retry-after': '0' } }],
    ['throttled', { status: 429 }],
    ['broken', { status: 500 }],
    ['lost', 'hang up'],
  ] as const)('that is %s is sent again with the same key', async (_case, first) => {
    const { where, requests } = await startApi((_request, index) =>
      index === 0 ? first : { status: 202 },
    );

    const { response } = await connect(where, QUICK).POST('/reconciliations', { body: {} });

    expect(response.status).toBe(202);
    const [key, again] = requests.map(({ headers }) => headers['idempotency-key']);
    expect(key).toMatch(/^[0-9a-f]{32}$/);
    expect(again).toBe(key);
  });

  test('fails after five attempts with the last response', async () => {
    const { where, requests } = await startApi(() => ({
      status: 503,
      body: { code: 'RETRY_LATER' },
    }));

    await expect(connect(where, QUICK).GET('/dead-letters')).rejects.toThrow(
      new UnavailableError(`${where.url} returned 503 RETRY_LATER.`),
    );
    expect(requests).toHaveLength(5);
  });

  test('fails with the cause when no attempt has a response', async () => {
    const { where, requests } = await startApi(() => 'hang up');

    await expect(connect(where, QUICK).GET('/dead-letters')).rejects.toThrow(
      new UnavailableError(`${where.url} did not respond (UND_ERR_SOCKET).`),
    );
    expect(requests).toHaveLength(5);
  });

  test('fails at once when Retry-After exceeds a minute', async () => {
    const { where, requests } = await startApi(() => ({
      status: 429,
      headers: { 'retry-after': '540' },
    }));

    await expect(connect(where, QUICK).GET('/dead-letters')).rejects.toThrow(
      new RetryLaterError(`${where.url} returned 429. Retry in 540 seconds.`),
    );
    expect(requests).toHaveLength(1);
  });

  test.each([401, 403])('fails at once for a rejected token: %i', async (status) => {
    const { where, requests } = await startApi(() => ({ status }));

    await expect(
      connect(where, QUICK).GET('/findings', { params: { query: { status: 'open' } } }),
    ).rejects.toThrow(
      new AccessDeniedError(
        `${where.url} rejects this token for GET /findings?status=open (${status}).`,
      ),
    );
    expect(requests).toHaveLength(1);
  });
});

test.each([
  [{ code: 'NOT_FOUND', detail: 'There is no such sku.' }, 'NOT_FOUND: There is no such sku.'],
  [
    {
      code: 'VALIDATION_FAILED',
      detail: 'x',
      errors: [{ path: 'body.counted', message: 'must be at most 9' }],
    },
    'VALIDATION_FAILED: body.counted: must be at most 9',
  ],
  [{ message: 'Not Found' }, 'The API returned 404: Not Found'],
  [undefined, 'The API returned 404'],
])('a rejection %j reads %s', (error, text) => {
  expect(describeRejection({ response: new Response(null, { status: 404 }), error })).toBe(text);
});

describe('sending counts', () => {
  const lines = Array.from({ length: 20 }, (_, index) => ({
    line: index + 2,
    sku: `sku-${index}`,
    locationId: 'main',
    counted: index,
    countedAt: '2026-01-01T08:00:00.000Z',
    key: `key-${index}`,
  }));
  const options = {
    fileName: 'count.csv',
    onSent: () => undefined,
    signal: new AbortController().signal,
  };

  test('sends each line with its key and reference, and returns the outcomes in order', async () => {
    const others: Readonly<Record<string, object>> = {
      'sku-5': { status: 'PENDING_APPROVAL', findingId: 'fnd_1' },
      'sku-8': { status: 'SUPERSEDED', supersededBy: 'cnt_1' },
    };
    const { where, requests } = await startApi(({ url }) =>
      url.includes('sku-3/')
        ? { status: 404, body: { code: 'NOT_FOUND', detail: 'There is no such sku.' } }
        : {
            status: 201,
            body: {
              status: 'POSTED',
              expected: 4,
              difference: 1,
              ...others[url.split('/')[2] ?? ''],
            },
          },
    );

    const sent = await sendCounts(where, lines, options);

    expect(sent.map(({ line }) => line)).toEqual(lines);
    expect(sent[3]?.outcome).toEqual({
      status: 'FAILED',
      reason: 'NOT_FOUND: There is no such sku.',
    });
    expect(sent[5]?.outcome).toEqual({
      status: 'PENDING_APPROVAL',
      expected: 4,
      difference: 1,
      findingId: 'fnd_1',
    });
    expect(sent[8]?.outcome).toEqual({
      status: 'SUPERSEDED',
      expected: 4,
      difference: 1,
      supersededBy: 'cnt_1',
    });
    expect(sent[6]?.outcome).toEqual({ status: 'POSTED', expected: 4, difference: 1 });
    const one = requests.find(({ url }) => url === '/stock/sku-7/counts');
    expect(one).toMatchObject({
      headers: { 'idempotency-key': 'key-7' },
      body: {
        counted: 7,
        locationId: 'main',
        countedAt: '2026-01-01T08:00:00.000Z',
        reference: 'count.csv:9',
      },
    });
  });

  test('stops on the signal and marks the lines that were not sent', async () => {
    const stopped = new AbortController();
    const { where } = await startApi((_request, index) => {
      if (index === 9) stopped.abort();
      return { status: 201, body: { expected: 1, difference: 0 } };
    });

    const sent = await sendCounts(where, lines, { ...options, signal: stopped.signal });

    const notSent = sent.filter(({ outcome }) => outcome.status === 'NOT_SENT');
    expect(notSent.length).toBeGreaterThan(0);
    expect(sent).toHaveLength(20);
  });

  test('stops when the API rejects the token', async () => {
    const { where } = await startApi(() => ({ status: 403 }));

    await expect(sendCounts(where, lines, options)).rejects.toThrow(AccessDeniedError);
  });
});
