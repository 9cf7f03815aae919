import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  alice,
  call,
  completeOrder,
  createStockedSku,
  expectStatus,
  getOrder,
  getStock,
  newSku,
  type Problem,
  type Stock,
  staff,
  waitUntil,
} from '../support/e2e/e2e.ts';

const token = staff;
type MovementResponse = { readonly movementId: string } & Problem;
type Movements = {
  readonly items: readonly { readonly [field: string]: unknown }[];
  readonly cursor?: string;
};

const postReceipt = (sku: string, body: unknown, key?: string) =>
  call<MovementResponse>(`POST /stock/${sku}/receipts`, {
    token: token(),
    body,
    ...(key === undefined ? {} : { key }),
  });
/** Creates a new SKU without a receipt. */
const createEmptySku = async (): Promise<string> => {
  const sku = newSku('tea');
  expectStatus(201, await call(`PUT /stock/${sku}`, { token: token(), body: { name: 'Tea' } }));
  return sku;
};
const postAdjustment = (sku: string, body: unknown) =>
  call<MovementResponse>(`POST /stock/${sku}/adjustments`, { token: token(), body });

describe('stock', () => {
  test('creates and replaces settings', async () => {
    const sku = newSku('tea');

    const made = await call(`PUT /stock/${sku}`, {
      token: token(),
      body: { name: 'Tea', lowStockThreshold: 5 },
    });
    const replaced = await call(`PUT /stock/${sku}`, {
      token: token(),
      body: { name: 'Green tea' },
    });

    expect(made).toMatchObject({
      status: 201,
      body: { sku, name: 'Tea', lowStockThreshold: 5, shardCount: 1 },
    });
    expect(replaced).toMatchObject({
      status: 200,
      body: { sku, name: 'Green tea', shardCount: 1 },
    });
  });

  test('changes and clears some settings, keeps the others, and returns them', async () => {
    const sku = newSku('tea');
    const settings = { name: 'Tea', lowStockThreshold: 5, countTolerance: { units: 3 } };
    const patch = (body: unknown) => call(`PATCH /stock/${sku}`, { token: token(), body });
    const unknown = await patch({ name: 'Tea' });
    expectStatus(201, await call(`PUT /stock/${sku}`, { token: token(), body: settings }));

    const renamed = await patch({ name: 'Green tea' });
    const cleared = await patch({ countTolerance: null, shardCount: 2 });
    const nothing = await patch({});
    const empty = await call(`PUT /stock/${sku}`, { token: token() });

    expect(unknown).toMatchObject({ status: 404, body: { code: 'UNKNOWN_SKU' } });
    expect(renamed).toMatchObject({
      status: 200,
      body: { ...settings, name: 'Green tea', shardCount: 1 },
    });
    expect(cleared.body).toEqual({ sku, name: 'Green tea', lowStockThreshold: 5, shardCount: 2 });
    expect([nothing, empty]).toMatchObject([
      { status: 400, body: { code: 'VALIDATION_FAILED' } },
      {
        status: 400,
        body: { code: 'VALIDATION_FAILED', errors: [{ path: 'body', message: 'is required' }] },
      },
    ]);
    expect(await getStock(sku)).toMatchObject({
      settings: { name: 'Green tea', lowStockThreshold: 5, shardCount: 2 },
    });
  });

  test('returns the movement of a receipt, also to its repeat', async () => {
    const sku = await createEmptySku();
    const key = randomUUID();

    const first = await postReceipt(sku, { quantity: 7, reference: 'delivery-1' }, key);
    await postReceipt(sku, { quantity: 1 });
    const again = await postReceipt(sku, { quantity: 7, reference: 'delivery-1' }, key);
    const other = await postReceipt(sku, { quantity: 8, reference: 'delivery-1' }, key);

    expect(first).toMatchObject({
      status: 201,
      body: {
        kind: 'RECEIVED',
        quantity: 7,
        to: 'available',
        locationId: 'main',
        reference: 'delivery-1',
      },
    });
    expect(again.body).toEqual(first.body);
    expect(other).toMatchObject({ status: 422, body: { code: 'IDEMPOTENCY_KEY_REUSED' } });
    expect(await getStock(sku)).toMatchObject({ onHand: 8 });
  });

  test('is adjusted up and down with a reason, but not below the available units', async () => {
    const sku = await createStockedSku('tea', 5);

    expectStatus(201, await postAdjustment(sku, { delta: -2, reason: 'damaged', note: 'torn' }));
    expectStatus(201, await postAdjustment(sku, { delta: 1, reason: 'restock' }));
    const tooMuch = await postAdjustment(sku, { delta: -5, reason: 'shrinkage' });
    const { body } = await call<Movements>(`GET /stock/${sku}/movements`, { token: token() });

    expect(tooMuch).toMatchObject({
      status: 409,
      body: { code: 'INSUFFICIENT_STOCK', shortages: [{ sku, requested: 5, available: 4 }] },
    });
    expect(body.items).toMatchObject([
      { kind: 'ADJUSTED', quantity: 1, from: 'outside', to: 'available', reason: 'restock' },
      {
        kind: 'ADJUSTED',
        quantity: 2,
        from: 'available',
        to: 'outside',
        reason: 'damaged',
        note: 'torn',
      },
      { kind: 'RECEIVED', quantity: 5, from: 'outside', to: 'available' },
    ]);
  });

  test('is counted for each location', async () => {
    const sku = await createEmptySku();
    await postReceipt(sku, { quantity: 3 });
    await postReceipt(sku, { quantity: 4, locationId: 'annex', createLocation: true });

    expect(await getStock(sku)).toMatchObject({
      onHand: 7,
      locations: [
        { locationId: 'main', onHand: 3 },
        { locationId: 'annex', onHand: 4 },
      ],
    });
  });

  test('lists movements newest first, page by page', async () => {
    const sku = await createEmptySku();
    for (const quantity of [1, 2, 3]) await postReceipt(sku, { quantity });

    const first = await call<Movements>(`GET /stock/${sku}/movements?limit=2`, { token: token() });
    const query = new URLSearchParams({ limit: '2', cursor: first.body.cursor ?? '' });
    const second = await call<Movements>(`GET /stock/${sku}/movements?${query}`, {
      token: token(),
    });

    expect(first.body.items.map(({ quantity }) => quantity)).toEqual([3, 2]);
    expect(second.body.items.map(({ quantity }) => quantity)).toEqual([1]);
    expect(second.body).not.toHaveProperty('cursor');
  });

  test('is listed page by page, with every SKU', async () => {
    const skus = [await createStockedSku('list', 1), await createStockedSku('list', 2)];

    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const query = new URLSearchParams({
        limit: '100',
        ...(cursor === undefined ? {} : { cursor }),
      });
      const page = await call<{ items: Stock[]; cursor?: string }>(`GET /stock?${query}`, {
        token: token(),
      });
      seen.push(...page.body.items.map(({ sku }) => sku));
      cursor = page.body.cursor;
    } while (cursor !== undefined);

    expect(seen).toEqual(expect.arrayContaining(skus));
    expect(new Set(seen).size).toBe(seen.length);
  });

  test('returns 404 for an unknown SKU', async () => {
    const sku = newSku('nothing');

    const responses = [
      await call(`GET /stock/${sku}`, { token: token() }),
      await call(`GET /stock/${sku}/movements`, { token: token() }),
      await postAdjustment(sku, { delta: 1, reason: 'other' }),
      await postReceipt(sku, { quantity: 1 }),
      await postReceipt(sku, { quantity: 1, createSku: false }),
    ];

    expect(responses.map(({ status, body }) => `${status} ${body.code}`)).toEqual([
      '404 NOT_FOUND',
      '404 NOT_FOUND',
      '404 UNKNOWN_SKU',
      '404 UNKNOWN_SKU',
      '404 UNKNOWN_SKU',
    ]);
  });

  test('creates a SKU by a receipt only when asked to, and distinguishes upper and lower case', async () => {
    const sku = newSku('mug');

    const created = await postReceipt(sku, { quantity: 2, createSku: true });
    const more = await postReceipt(sku, { quantity: 3 });
    const other = await postReceipt(sku.toUpperCase(), { quantity: 5 });

    expect([created.status, more.status]).toEqual([201, 201]);
    expect(await getStock(sku)).toMatchObject({ onHand: 5 });
    expect(other).toMatchObject({
      status: 404,
      body: { code: 'UNKNOWN_SKU', detail: expect.stringContaining('createSku') },
    });
  });
});

type Movement = {
  readonly kind: string;
  readonly quantity: number;
  readonly from: string;
  readonly to: string;
  readonly fromShard?: number;
  readonly toShard?: number;
};

/**
 * Sums the transfers into each cell, less those out of it. Both halves of each transfer are listed.
 */
async function netTransfers(sku: string): Promise<Readonly<Record<number, number>>> {
  const { body } = await call<{ items: readonly Movement[] }>(
    `GET /stock/${sku}/movements?limit=100`,
    {
      token: staff(),
    },
  );
  const units: Record<number, number> = {};
  for (const { quantity, fromShard = 0, toShard = 0 } of body.items.filter(
    ({ kind }) => kind === 'TRANSFERRED',
  )) {
    units[fromShard] = (units[fromShard] ?? 0) - quantity / 2;
    units[toShard] = (units[toShard] ?? 0) + quantity / 2;
  }
  return units;
}

describe('a sku over several cells', () => {
  const setShards = (sku: string, shardCount: unknown) =>
    call<Problem>(`PUT /stock/${sku}`, { token: staff(), body: { name: 'Tea', shardCount } });

  const untilFirstHas = (sku: string, transferred: number) =>
    waitUntil(
      () => netTransfers(sku),
      (units) => units[0] === transferred,
    );

  test('distributes its units, sells more than any cell contains, and is merged again', async () => {
    const sku = await createStockedSku('tea', 40);

    const set = await setShards(sku, 8);
    const spread = await untilFirstHas(sku, -35);
    const { orderId } = await completeOrder(sku, 40);
    expectStatus(200, await call(`POST /orders/${orderId}/fulfilment`, { token: staff() }));
    const sold = await waitUntil(
      () => getStock(sku),
      ({ committed }) => committed === 0,
    );
    expectStatus(201, await postReceipt(sku, { quantity: 16 }));
    await untilFirstHas(sku, -49);
    expectStatus(200, await setShards(sku, 1));
    const together = await untilFirstHas(sku, -35);

    const fives = { 1: 5, 2: 5, 3: 5, 4: 5, 5: 5, 6: 5, 7: 5 };
    expect(set).toMatchObject({ status: 200, body: { sku, shardCount: 8 } });
    expect(spread).toEqual({ 0: -35, ...fives });
    expect((await getOrder(orderId)).status).toBe('FULFILLED');
    expect(sold).toMatchObject({ onHand: 0, available: 0, held: 0 });
    expect(together).toEqual({ 0: -35, ...fives });
    expect(await getStock(sku)).toMatchObject({ onHand: 16, available: 16 });
  });

  test.each([0, 51, 1.5, '8'])('has 1 to 50 cells: %s is 400', async (shardCount) => {
    const sku = newSku('tea');

    expect(await setShards(sku, shardCount)).toMatchObject({
      status: 400,
      body: { code: 'VALIDATION_FAILED' },
    });
    expect((await call(`GET /stock/${sku}`, { token: token() })).status).toBe(404);
  });

  test.each([1, 50])('accepts %s cells', async (shardCount) => {
    expect(await setShards(newSku('tea'), shardCount)).toMatchObject({
      status: 201,
      body: { shardCount },
    });
  });
});

describe('bad input', () => {
  test.each([
    ['0', { quantity: 0 }],
    ['negative', { quantity: -1 }],
    ['a fraction', { quantity: 1.5 }],
    ['one above the limit', { quantity: 1_000_001 }],
    ['2^53', { quantity: 2 ** 53 }],
    ['a string', { quantity: '1' }],
    ['missing', {}],
    ['with an unknown field', { quantity: 1, colour: 'green' }],
  ])('a quantity that is %s is 400 and changes nothing', async (_name, body) => {
    const sku = newSku('tea');

    const rejected = await postReceipt(sku, body);

    expect(rejected).toMatchObject({
      status: 400,
      body: {
        code: 'VALIDATION_FAILED',
        errors: expect.arrayContaining([
          { path: expect.stringContaining('body'), message: expect.any(String) },
        ]),
      },
    });
    expect(rejected.headers.get('content-type')).toBe('application/problem+json');
    expect((await call(`GET /stock/${sku}`, { token: token() })).status).toBe(404);
  });

  test.each([
    ['not JSON', '{"quantity":', 400, 'MALFORMED_JSON'],
    [
      'too large',
      JSON.stringify({ quantity: 1, reference: 'x'.repeat(16 * 1024) }),
      413,
      'BODY_TOO_LARGE',
    ],
  ])('a body that is %s', async (_name, raw, status, code) => {
    const headers = { 'content-type': 'application/json' };

    const rejected = await call(`POST /stock/${newSku('tea')}/receipts`, {
      token: token(),
      raw,
      headers,
    });

    expect(rejected).toMatchObject({ status, body: { code } });
  });

  test('returns 415 for another media type', async () => {
    const headers = { 'content-type': 'text/plain' };

    const rejected = await call(`POST /stock/${newSku('tea')}/receipts`, {
      token: token(),
      raw: 'hello',
      headers,
    });

    expect(rejected).toMatchObject({ status: 415, body: { code: 'UNSUPPORTED_MEDIA_TYPE' } });
  });

  test('returns 400 for a POST without an Idempotency-Key', async () => {
    const headers = { 'idempotency-key': '' };
    const body = { lines: [{ sku: 'tea', quantity: 1 }] };

    const rejected = await call('POST /orders', { token: alice(), body, headers });

    expect(rejected).toMatchObject({ status: 400, body: { code: 'IDEMPOTENCY_KEY_REQUIRED' } });
  });

  test.each(['limit=0', 'limit=101', 'limit=x', 'cursor=nonsense', 'colour=green'])(
    'returns 400 for a list with %s',
    async (query) => {
      const rejected = await call(`GET /stock?${query}`, { token: token() });

      expect(rejected).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED' } });
    },
  );
});
