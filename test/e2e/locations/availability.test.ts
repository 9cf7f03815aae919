import { expect, test } from 'vitest';
import { runCli } from '../../support/e2e/cli.ts';
import {
  alice,
  call,
  createStockedSku,
  expectStatus,
  newSku,
  staff,
} from '../../support/e2e/e2e.ts';

const read = (body: object, token = staff()) => call('POST /availability', { token, body });

/** Creates a SKU with 5 units at `main` and 5 at a new location. */
async function createStockAtTwoLocations() {
  const sku = await createStockedSku('tea', 5);
  const locationId = newSku('place');
  expectStatus(
    201,
    await call(`PUT /locations/${locationId}`, {
      token: staff(),
      body: { name: 'East', kind: 'store' },
    }),
  );
  expectStatus(
    201,
    await call(`POST /stock/${sku}/receipts`, {
      token: staff(),
      body: { quantity: 5, locationId },
    }),
  );
  return { sku, locationId };
}

test('the availability of SKUs is read without an Idempotency-Key, by location', async () => {
  const { sku, locationId } = await createStockAtTwoLocations();

  const all = await call('POST /availability', {
    token: staff(),
    body: { skus: [sku, 'no-such-sku', sku] },
    headers: { 'idempotency-key': '' },
  });
  const atEast = await read({ skus: [sku], locationIds: [locationId] });

  expect(expectStatus(200, all).body).toMatchObject({
    items: [
      {
        sku,
        sellable: 10,
        onHand: 10,
        locations: [
          { locationId: 'main', sellable: 5, onHand: 5 },
          { locationId, sellable: 5, onHand: 5 },
        ],
      },
    ],
    unknown: ['no-such-sku'],
  });
  expect(expectStatus(200, atEast).body).toMatchObject({ items: [{ sku, sellable: 5 }] });
});

test('nothing can be sold at an inactive location', async () => {
  const { sku, locationId } = await createStockAtTwoLocations();
  await call(`PUT /locations/${locationId}`, {
    token: staff(),
    body: { name: 'East', kind: 'store', active: false },
  });

  expect((await read({ skus: [sku] })).body).toMatchObject({
    items: [{ sellable: 5, onHand: 10 }],
  });
});

test('a request without SKUs, or with 101, is rejected with the path of the error', async () => {
  const skus = Array.from({ length: 101 }, (_, index) => `sku-${index}`);

  for (const body of [{ skus: [] }, { skus }])
    expect(expectStatus(400, await read(body)).body).toMatchObject({
      code: 'VALIDATION_FAILED',
      errors: [{ path: 'body.skus' }],
    });
  expect((await read({ skus: ['tea'] }, alice())).status).toBe(401);
});

test('`stockbook availability` prints the units, and exits with 1 for an unknown SKU', async () => {
  const { sku, locationId } = await createStockAtTwoLocations();

  const found = await runCli(['availability', sku]);
  const missing = await runCli(['availability', 'no-such-sku']);

  expect(found).toMatchObject({ code: 0, stdout: expect.stringContaining(locationId) });
  expect(missing).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('There is no SKU no-such-sku.'),
  });
});
