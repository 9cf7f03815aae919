import { expect, inject, test } from 'vitest';
import { idealConditions } from '../simulator/conditions.ts';
import type { Fault } from '../simulator/service-calls.ts';
import { loadSystemModel } from '../simulator/system-model.ts';
import { World } from '../simulator/world.ts';

const systemModel = await loadSystemModel(inject('assembly'));
const ROUTE = 'GET /shop/availability?skus=cup,tea';

/** Requests the storefront while each call of its function has the error. */
async function readDuring(fault: Fault | undefined) {
  const calls: string[] = [];
  const world = new World(
    systemModel,
    { ...idealConditions, faultPlan: { delays: () => [0, 0], faultOf: () => fault } },
    { onCall: ({ call }) => calls.push(call.operation) },
  );
  const response = await world.run(() => world.request(ROUTE, { by: 'anyone' }));
  return { ...response, calls, serverErrors: world.serverErrors };
}

test('reads all levels by one call', async () => {
  const { status, body, calls } = await readDuring(undefined);

  expect(status).toBe(200);
  expect(body.items).toEqual([
    { sku: 'cup', level: 'out' },
    { sku: 'tea', level: 'out' },
  ]);
  expect(calls).toEqual(['BatchGetItem']);
});

test.each(['throttleAlways', 'timeoutAlways'] as const)(
  'returns 503 with Retry-After, which no cache keeps, during %s',
  async (fault) => {
    const { status, body, headers, serverErrors } = await readDuring(fault);

    expect(status).toBe(503);
    expect(body).toMatchObject({ code: 'RETRY_LATER' });
    expect(headers).toMatchObject({
      'retry-after': expect.stringMatching(/^[1-9]\d*$/),
      'cache-control': 'no-store',
    });
    expect(serverErrors).toEqual([]);
  },
);

test('returns 304 to a caller that has the levels, and reads them for that', async () => {
  const world = new World(systemModel);

  const [first, again] = await world.run(async () => {
    const before = await world.request(ROUTE, { by: 'anyone' });
    const headers = { 'if-none-match': before.headers?.etag ?? '' };
    return [before, await world.request(ROUTE, { by: 'anyone', headers })] as const;
  });

  expect(first.status).toBe(200);
  expect(again).toEqual({
    status: 304,
    headers: expect.objectContaining({ etag: first.headers?.etag }),
    body: undefined,
  });
});
