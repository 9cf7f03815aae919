import { describe, expect, test } from 'vitest';
import { runCli } from '../../support/e2e/cli.ts';
import {
  call,
  createStockedSku,
  expectStatus,
  getStock,
  newSku,
  postOrder,
  staff,
} from '../../support/e2e/e2e.ts';

type LocationList = {
  readonly items: readonly { readonly locationId: string }[];
  readonly cursor?: string;
};

const newLocationId = (): string => newSku('place');
const putLocation = (locationId: string, settings: object = {}) =>
  call(`PUT /locations/${locationId}`, {
    token: staff(),
    body: { name: 'East', kind: 'store', ...settings },
  });
const receive = (sku: string, body: object) =>
  call(`POST /stock/${sku}/receipts`, { token: staff(), body });

/** Lists the ids of all locations, in pages of two. */
async function listIds(): Promise<string[]> {
  const ids: string[] = [];
  let query = 'limit=2';
  for (;;) {
    const page = await call<LocationList>(`GET /locations?${query}`, { token: staff() });
    const { items, cursor } = expectStatus(200, page).body;
    ids.push(...items.map(({ locationId }) => locationId));
    if (cursor === undefined) return ids;
    query = `limit=2&cursor=${cursor}`;
  }
}

describe('a location', () => {
  test('is created, read, listed and replaced', async () => {
    const locationId = newLocationId();
    const settings = {
      pickup: true,
      priority: 5,
      address: { country: 'DE', city: 'Berlin', lines: ['Yard 2'] },
      timeZone: 'Europe/Berlin',
      externalIds: { erp: '17' },
    };

    const created = await putLocation(locationId, settings);
    const found = await call(`GET /locations/${locationId}`, { token: staff() });
    const replaced = await putLocation(locationId, { name: 'West', ships: false });

    const view = {
      locationId,
      name: 'East',
      kind: 'store',
      active: true,
      ships: true,
      ...settings,
    };
    expect(created).toMatchObject({ status: 201, body: view });
    expect(found).toMatchObject({ status: 200, body: view });
    expect(replaced.status).toBe(200);
    expect(replaced.body).toEqual({
      locationId,
      name: 'West',
      kind: 'store',
      active: true,
      ships: false,
      pickup: false,
      priority: 100,
    });
    const ids = await listIds();
    expect(ids.filter((id) => id === locationId)).toHaveLength(1);
    expect(ids.filter((id) => id === 'main')).toHaveLength(1);
  });

  test('that is not on record is not found, and takes no stock', async () => {
    const locationId = newLocationId();
    const sku = await createStockedSku('tea', 3);

    const found = await call(`GET /locations/${locationId}`, { token: staff() });
    const received = await receive(sku, { quantity: 4, locationId });
    const adjusted = await call(`POST /stock/${sku}/adjustments`, {
      token: staff(),
      body: { delta: 2, reason: 'restock', locationId },
    });

    expect(found).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
    for (const rejected of [received, adjusted])
      expect(rejected).toMatchObject({
        status: 404,
        body: {
          code: 'UNKNOWN_LOCATION',
          locationIds: [locationId],
          detail: expect.stringContaining('createLocation'),
        },
      });
    expect(await getStock(sku)).toMatchObject({ onHand: 3, locations: [{ onHand: 3 }] });
  });

  test('is created by a receipt with createLocation', async () => {
    const locationId = newLocationId();
    const sku = await createStockedSku('tea', 3);

    expectStatus(201, await receive(sku, { quantity: 4, locationId, createLocation: true }));

    expect(await call(`GET /locations/${locationId}`, { token: staff() })).toMatchObject({
      status: 200,
      body: { name: locationId, kind: 'warehouse', active: true, ships: true, pickup: false },
    });
    expect(await getStock(sku)).toMatchObject({
      onHand: 7,
      locations: [
        { locationId: 'main', onHand: 3 },
        { locationId, onHand: 4 },
      ],
    });
  });

  test('that is inactive takes receipts, adjustments and counts', async () => {
    const locationId = newLocationId();
    const sku = await createStockedSku('tea', 3);
    expectStatus(201, await putLocation(locationId, { active: false }));

    expectStatus(201, await receive(sku, { quantity: 4, locationId }));
    const adjusted = await call(`POST /stock/${sku}/adjustments`, {
      token: staff(),
      body: { delta: -1, reason: 'damaged', locationId },
    });
    const counted = await call(`POST /stock/${sku}/counts`, {
      token: staff(),
      body: { counted: 3, locationId },
    });

    expectStatus(201, adjusted);
    expect(counted).toMatchObject({ status: 201, body: { difference: 0, status: 'POSTED' } });
    expect(await getStock(sku)).toMatchObject({ onHand: 6 });
  });

  test('keeps its safety stock: orders and holds leave it', async () => {
    const sku = await createStockedSku('tea', 5);
    const patch = (body: object) => call(`PATCH /stock/${sku}`, { token: staff(), body });

    const unknown = await patch({ safetyStock: { [newLocationId()]: 1 } });
    const set = await patch({ safetyStock: { main: 3 } });
    const tooMany = await postOrder([{ sku, quantity: 3 }]);
    const enough = await postOrder([{ sku, quantity: 2 }]);

    expect(unknown).toMatchObject({ status: 404, body: { code: 'UNKNOWN_LOCATION' } });
    expect(set).toMatchObject({ status: 200, body: { safetyStock: { main: 3 } } });
    expect(tooMany).toMatchObject({
      status: 409,
      body: { shortages: [{ sku, requested: 3, available: 2 }] },
    });
    expect(enough.status).toBe(201);
    expect(await getStock(sku)).toMatchObject({
      available: 3,
      sellable: 0,
      locations: [{ locationId: 'main', available: 3, sellable: 0 }],
      settings: { safetyStock: { main: 3 } },
    });
  });

  test.each([{ active: false }, { ships: false }])(
    'main cannot be taken out of sale: %o',
    async (settings) => {
      expect(await putLocation('main', settings)).toMatchObject({
        status: 409,
        body: { code: 'LOCATION_IN_USE' },
      });
      expect(await call('GET /locations/main', { token: staff() })).toMatchObject({
        status: 200,
        body: { locationId: 'main', active: true, ships: true },
      });
    },
  );

  test.each([
    { kind: 'shelf' },
    { priority: -1 },
    { name: '' },
    { address: { city: 'Berlin' } },
    { address: { country: 'Germany' } },
    { timeZone: 'Berlin time' },
    { externalIds: { '': '17' } },
    { externalIds: Object.fromEntries(Array.from({ length: 21 }, (_, n) => [`erp${n}`, '1'])) },
    { colour: 'red' },
  ])('with wrong settings is rejected: %o', async (settings) => {
    expect(await putLocation(newLocationId(), settings)).toMatchObject({
      status: 400,
      body: { code: 'VALIDATION_FAILED' },
    });
  });

  test('is created and listed by the command', async () => {
    const locationId = newLocationId();
    const put = (...more: readonly string[]) =>
      runCli(['locations', 'put', locationId, '--name', 'East', ...more]);

    const created = await put('--kind', 'store', '--country', 'DE', '--external-id', 'erp=17');
    const replaced = await put('--inactive');
    const wrong = await put('--time-zone', 'Berlin time');
    const listed = await runCli(['locations', 'list']);

    expect([created.stdout, replaced.stdout]).toEqual([
      `Location ${locationId} was created.\n`,
      `Location ${locationId} was replaced.\n`,
    ]);
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('timeZone') });
    expect(listed.code).toBe(0);
    expect(listed.stdout).toMatch(new RegExp(`${locationId} +│ East +│ warehouse +│ no +│ yes`));
  });
});
