import { describe, expect, test } from 'vitest';
import { type Finding, listFindings, runReconciliation } from '../support/drift.ts';
import {
  alice,
  call,
  completeOrder,
  createStockedSku,
  expectStatus,
  getOrder,
  getStock,
  newSku,
  placeOrder,
  postPayment,
  staff,
  waitForOrderStatus,
  waitUntil,
} from '../support/e2e/e2e.ts';

type Count = {
  readonly countId: string;
  readonly expected: number;
  readonly counted: number;
  readonly difference: number;
  readonly status: string;
  readonly findingId?: string;
};
type Movement = {
  readonly kind: string;
  readonly reason?: string;
  readonly quantity: number;
  readonly effectiveAt?: string;
};

const postCount = (sku: string, body: object, key?: string) =>
  call<Count>(`POST /stock/${sku}/counts`, {
    token: staff(),
    body,
    ...(key === undefined ? {} : { key }),
  });
type FindingDecision = Finding & { readonly code?: string };
/** Reads the finding and decides it at that revision. */
const decideFinding = async (
  step: 'approval' | 'dismissal',
  findingId: string | undefined,
  body: object = {},
) => {
  const { revision } = expectStatus(
    200,
    await call<{ revision: number }>(`GET /findings/${findingId}`, { token: staff() }),
  ).body;
  return call<FindingDecision>(`POST /findings/${findingId}/${step}`, {
    token: staff(),
    body: { revision, ...body },
  });
};
const approveFinding = (findingId: string | undefined, body: object = {}) =>
  decideFinding('approval', findingId, body);
const listMovements = async (sku: string) =>
  expectStatus(
    200,
    await call<{ items: Movement[] }>(`GET /stock/${sku}/movements`, { token: staff() }),
  ).body.items;

/** Waits, because a count and later changes must not have the same millisecond. */
const waitUntilAfter = (time: string) =>
  waitUntil(
    async () => Date.now(),
    (now) => now > Date.parse(time),
  );

describe('a count', () => {
  test('is posted at once within the tolerance, as an adjustment as of its time', async () => {
    const sku = await createStockedSku('tea', 10);
    const countedAt = new Date().toISOString();

    const response = await postCount(sku, { counted: 9, countedAt, reference: 'aisle 4' });

    expect(response).toMatchObject({
      status: 201,
      body: { expected: 10, counted: 9, difference: -1, status: 'POSTED' },
    });
    expect(await getStock(sku)).toMatchObject({ onHand: 9, available: 9 });
    expect((await listMovements(sku))[0]).toMatchObject({
      kind: 'ADJUSTED',
      reason: 'cycle_count',
      quantity: 1,
      effectiveAt: countedAt,
    });
  });

  test('is posted once when it is sent twice', async () => {
    const sku = await createStockedSku('tea', 10);

    const first = await postCount(sku, { counted: 9 }, `count-${sku}`);
    const again = await postCount(sku, { counted: 9 }, `count-${sku}`);
    const other = await postCount(sku, { counted: 8 }, `count-${sku}`);

    expect(again.body).toEqual({ ...first.body, repeated: true });
    expect(other).toMatchObject({ status: 422, body: { code: 'IDEMPOTENCY_KEY_REUSED' } });
    expect(await getStock(sku)).toMatchObject({ onHand: 9 });
  });

  test('is compared with the book as of its time while stock moves', async () => {
    const sku = await createStockedSku('tea', 10);
    const countedAt = new Date().toISOString();
    await call(`POST /stock/${sku}/receipts`, { token: staff(), body: { quantity: 5 } });
    await completeOrder(sku, 2);

    expect(await postCount(sku, { counted: 10, countedAt })).toMatchObject({
      body: { expected: 10, difference: 0 },
    });
    expect(await getStock(sku)).toMatchObject({ onHand: 15 });
  });

  test('is superseded when it is not later than the last one, and moves nothing', async () => {
    const sku = await createStockedSku('tea', 10);
    const before = new Date().toISOString();
    await waitUntilAfter(before);
    const newest = await postCount(sku, { counted: 9 });

    const older = await postCount(sku, { counted: 8, countedAt: before });

    expect(newest.body).toMatchObject({ status: 'POSTED' });
    expect(older).toMatchObject({
      status: 201,
      body: { status: 'SUPERSEDED', supersededBy: newest.body.countId },
    });
    expect(await getStock(sku)).toMatchObject({ onHand: 9 });
  });

  test('waits for approval after a manual adjustment, so that a loss is not subtracted twice', async () => {
    const sku = await createStockedSku('tea', 10);
    const countedAt = new Date().toISOString();
    await waitUntilAfter(countedAt);
    const adjusted = await call<{ movementId: string }>(`POST /stock/${sku}/adjustments`, {
      token: staff(),
      body: { delta: -1, reason: 'shrinkage' },
    });

    const late = await postCount(sku, { counted: 9, countedAt });

    expect(late.body).toMatchObject({ status: 'PENDING_APPROVAL', expected: 10, difference: -1 });
    expect(await getStock(sku)).toMatchObject({ onHand: 9 });
    const found = (await listFindings('open')).find(
      ({ findingId }) => findingId === late.body.findingId,
    );
    expect(found?.records).toContainEqual(
      expect.objectContaining({ movementId: adjusted.body.movementId, delta: -1 }),
    );
    await decideFinding('dismissal', late.body.findingId);
  });

  test('waits beyond the tolerance: approval posts it, dismissal does not', async () => {
    const [kept, posted] = [
      await createStockedSku('kept', 100),
      await createStockedSku('posted', 100),
    ];
    const waiting = await postCount(posted, { counted: 90 });
    const doubtful = await postCount(kept, { counted: 90 });

    expect(waiting.body).toMatchObject({ status: 'PENDING_APPROVAL', difference: -10 });
    expect(await getStock(posted)).toMatchObject({ onHand: 100 });
    expect(await approveFinding(waiting.body.findingId, { note: 'counted twice' })).toMatchObject({
      status: 200,
      body: { status: 'REPAIRED', note: 'counted twice' },
    });
    await decideFinding('dismissal', doubtful.body.findingId);

    expect(await getStock(posted)).toMatchObject({ onHand: 90, available: 90 });
    expect(await getStock(kept)).toMatchObject({ onHand: 100 });
    expect(await approveFinding(doubtful.body.findingId)).toMatchObject({
      status: 409,
      body: { code: 'FINDING_ALREADY_CLOSED' },
    });
  });

  test('waits for approval for a SKU named `constructor`, like any other', async () => {
    expectStatus(
      201,
      await call(`POST /stock/constructor/receipts`, {
        token: staff(),
        body: { quantity: 10, createSku: true },
      }),
    );

    const { status, body } = await postCount('constructor', { counted: 900_000 });

    expect({ status, of: body.status }).toEqual({ status: 201, of: 'PENDING_APPROVAL' });
    expectStatus(200, await decideFinding('dismissal', body.findingId));
  });

  test('may differ by more within the SKU’s own tolerance', async () => {
    const sku = await createStockedSku('bolts', 100);
    expectStatus(
      200,
      await call(`PUT /stock/${sku}`, {
        token: staff(),
        body: { name: 'bolts', countTolerance: { percent: 10 } },
      }),
    );

    expect((await postCount(sku, { counted: 90 })).body.status).toBe('POSTED');
    expect((await postCount(sku, { counted: 81 })).body.status).toBe('POSTED');
    expect((await postCount(sku, { counted: 72 })).body.status).toBe('PENDING_APPROVAL');
  });

  test('cancels the newest orders that it leaves without units, through their sagas, when the operator approves that', async () => {
    const sku = await createStockedSku('short', 10);
    const old = await completeOrder(sku, 4);
    const young = await completeOrder(sku, 3);
    const { body } = await postCount(sku, { counted: 5 });

    const finding = (await listFindings('open')).find(
      ({ findingId }) => findingId === body.findingId,
    );
    const undecided = await approveFinding(body.findingId);
    const approved = await approveFinding(body.findingId, { orderDecision: 'cancel' });

    expect(finding?.explanation).toContain(`newest first: ${young.orderId}`);
    expect(finding?.explanation).not.toContain(old.orderId);
    expect(undecided).toMatchObject({
      status: 409,
      body: { code: 'ORDER_DECISION_MISSING', orders: [young.orderId] },
    });
    expectStatus(200, approved);
    expect((await waitForOrderStatus(young.orderId, 'CANCELLED')).payment?.status).toBe('REFUNDED');
    expect((await getOrder(old.orderId)).status).toBe('COMPLETED');
    await waitUntil(
      () => getStock(sku),
      ({ onHand }) => onHand === 5,
    );
    expect(await getStock(sku)).toMatchObject({ onHand: 5, available: 1, committed: 4 });
  });

  test.each([
    ['a negative count', { counted: -1 }, 'body.counted'],
    ['half a unit', { counted: 1.5 }, 'body.counted'],
    ['no count', {}, 'body.counted'],
    ['an invalid time', { counted: 1, countedAt: 'today' }, 'body.countedAt'],
    ['a time in the future', { counted: 1, countedAt: '2099-01-01T00:00:00Z' }, 'body.countedAt'],
    ['a time long ago', { counted: 1, countedAt: '2020-01-01T00:00:00Z' }, 'body.countedAt'],
    ['an unknown field', { counted: 1, price: 3 }, 'body.price'],
  ])('with %s is rejected with a reason', async (_case, body, path) => {
    const sku = await createStockedSku('tea', 5);

    const response = await call(`POST /stock/${sku}/counts`, { token: staff(), body });

    expect(response).toMatchObject({
      status: 400,
      body: { code: 'VALIDATION_FAILED', errors: [{ path }] },
    });
    expect(await getStock(sku)).toMatchObject({ onHand: 5 });
  });

  test('is rejected for an unknown SKU or location', async () => {
    const sku = await createStockedSku('tea', 5);

    expect(await postCount(newSku('nothing'), { counted: 1 })).toMatchObject({
      status: 404,
      body: { code: 'NOT_FOUND' },
    });
    expect(await postCount(sku, { counted: 1, locationId: 'moon' })).toMatchObject({ status: 404 });
  });
});

describe('an explanation', () => {
  type Explained = {
    readonly onHand: number;
    readonly held: number;
    readonly committed: number;
    readonly locations: readonly {
      readonly holds: readonly { readonly orderId?: string; readonly quantity: number }[];
      readonly commitments: readonly { readonly orderId?: string; readonly quantity: number }[];
      readonly lastCount?: { readonly counted: number };
    }[];
    readonly movements: readonly unknown[];
  };
  const explain = (sku: string, query = '') =>
    call<Explained>(`GET /stock/${sku}/explanation${query}`, { token: staff() });

  test('lists who holds each unit and the last count, now and at an earlier time', async () => {
    const sku = await createStockedSku('tea', 10);
    const before = new Date().toISOString();
    const sold = await completeOrder(sku, 2);
    const held = await placeOrder(sku, 3);
    await postCount(sku, { counted: 10 });

    const now = expectStatus(200, await explain(sku)).body;
    const then = expectStatus(200, await explain(sku, `?at=${before}`)).body;

    expect(now).toMatchObject({ onHand: 10, held: 3, committed: 2 });
    expect(now.locations).toMatchObject([
      {
        holds: [{ orderId: held.orderId, quantity: 3 }],
        commitments: [{ orderId: sold.orderId, quantity: 2 }],
        lastCount: { counted: 10 },
      },
    ]);
    expect(then).toMatchObject({ onHand: 10, held: 0, committed: 0 });
    expect(then.movements).toHaveLength(1);
  });

  test('returns 404 for an unknown SKU and 400 for an invalid time', async () => {
    expect(await explain(newSku('nothing'))).toMatchObject({
      status: 404,
      body: { code: 'NOT_FOUND' },
    });
    expect(await explain(await createStockedSku('tea', 1), '?at=noon')).toMatchObject({
      status: 400,
      body: { code: 'VALIDATION_FAILED' },
    });
  });
});

describe('a reconciliation', () => {
  test('is readable while it runs and afterwards, and listed newest first', async () => {
    const run = await runReconciliation();
    const list = await call<{ items: { reconciliationId: string }[] }>(
      'GET /reconciliations?limit=5',
      {
        token: staff(),
      },
    );

    expect(run).toMatchObject({ status: 'COMPLETED', checked: { cells: expect.any(Number) } });
    expect(list.body.items.map(({ reconciliationId }) => reconciliationId)).toContain(
      run.reconciliationId,
    );
  });

  test.each([
    ['GET /reconciliations/rec_unknown', 404, 'NOT_FOUND'],
    ['GET /findings?status=strange', 400, 'VALIDATION_FAILED'],
    ['GET /findings?cursor=bogus', 400, 'VALIDATION_FAILED'],
    ['GET /reconciliations?limit=0', 400, 'VALIDATION_FAILED'],
  ])('%s returns %i %s', async (route, status, code) => {
    expect(await call(route, { token: staff() })).toMatchObject({ status, body: { code } });
  });

  test.each(['approval', 'dismissal'])(
    'returns 404 for an %s of an unknown finding',
    async (step) => {
      const response = await call(`POST /findings/fnd_unknown/${step}`, {
        token: staff(),
        body: { revision: 1 },
      });

      expect(response).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
    },
  );

  test.each([
    'GET /findings',
    'GET /reconciliations',
    'POST /reconciliations',
    'POST /findings/fnd_unknown/approval',
    'POST /stock/tea/counts',
    'GET /stock/tea/explanation',
  ])('%s rejects a customer and a request without a token', async (route) => {
    const [asAlice, asNobody] = [await call(route, { token: alice() }), await call(route)];

    expect(asAlice.status).toBe(401);
    expect(asNobody.status).toBe(401);
  });

  test.each([
    'GET /audit/cells',
    'GET /audit/orders',
    'GET /audit/payments',
    'POST /repairs/cells',
    'POST /repairs/orders/ord-1',
  ])('%s accepts only signed requests of services, no token', async (route) => {
    const body = route.startsWith('POST') ? { body: {} } : {};
    expect((await call(route, { token: staff(), ...body })).status).toBe(403);
  });
});

test('does not report an order that is paid meanwhile as stuck', async () => {
  const sku = await createStockedSku('tea', 5);
  const { orderId } = await placeOrder(sku, 1);
  await postPayment(orderId);
  await runReconciliation();

  const about = (await listFindings('open')).filter(({ subject }) => subject.includes(orderId));

  expect(about).toEqual([]);
  expect((await waitForOrderStatus(orderId, 'COMPLETED')).status).toBe('COMPLETED');
});
