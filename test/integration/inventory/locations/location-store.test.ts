import { DeleteCommand } from '@aws-sdk/lib-dynamodb';
import { expect, test } from 'vitest';
import { locationKey } from '../../../../lambdas/inventory/adapters/book-items.ts';
import { DynamoAuditReader } from '../../../../lambdas/inventory/adapters/dynamo-audit-reader.ts';
import { DynamoLocationStore } from '../../../../lambdas/inventory/adapters/dynamo-location-store.ts';
import { DynamoStockStore } from '../../../../lambdas/inventory/adapters/dynamo-stock-store.ts';
import { MAIN_DEFAULT } from '../../../../lambdas/inventory/domain/locations/location.ts';
import { receiveStock } from '../../../../lambdas/inventory/use-cases/stock/update-stock.ts';
import { createTestTable } from '../../../support/dynamodb.ts';
import { aLocation, receiveCommand, unwrap } from '../../../support/inventory.ts';

const INDEX = { name: 'skus', partitionKey: 'listedSku' };
const newStore = async (...locationIds: readonly string[]) => {
  const { client, tableName } = await createTestTable('inventory', [INDEX]);
  const store = new DynamoLocationStore(client, tableName);
  for (const locationId of locationIds) await store.replace(aLocation({ locationId }));
  return { store, client, tableName };
};

async function newAuditedStock(...locationIds: readonly string[]) {
  const { store, client, tableName } = await newStore(...locationIds);
  return {
    store,
    stock: new DynamoStockStore(client, tableName),
    audit: new DynamoAuditReader(client, {
      name: tableName,
      skuIndex: INDEX.name,
      operationIndex: 'operations',
    }),
    deleteLocation: (locationId: string) =>
      client.send(new DeleteCommand({ TableName: tableName, Key: { ...locationKey(locationId) } })),
  };
}

async function listPages(store: DynamoLocationStore, limit: number): Promise<string[][]> {
  const pages: string[][] = [];
  let cursor: string | undefined;
  do {
    const page = await store.list({ limit, cursor });
    pages.push(page.items.map(({ locationId }) => locationId));
    cursor = page.cursor;
  } while (cursor !== undefined && pages.length < 20);
  return pages;
}

test('a location is stored by version: the version before it must be the stored one', async () => {
  const { store } = await newStore('annex');

  expect(await store.replace(aLocation({ name: 'Other' }))).toBe(false);
  expect(await store.replace(aLocation({ version: 3 }))).toBe(false);
  expect(await store.replace(aLocation({ version: 2, name: 'Yard' }))).toBe(true);
  expect(await store.find('annex')).toEqual(aLocation({ version: 2, name: 'Yard' }));
  expect(await store.find('main')).toBeUndefined();
});

test.each([
  ['before main', ['alpha', 'beta']],
  ['after main', ['north', 'south', 'zoo']],
  ['on both sides of main', ['Beta', 'alpha', 'annex', 'mai', 'maine', 'zoo']],
  ['with a record of main', ['alpha', 'main', 'zoo']],
  ['of a new shop', []],
])('locations %s are listed by id, once each, with main', async (_case, locationIds) => {
  const { store } = await newStore(...locationIds);
  const expected = [...new Set([...locationIds, 'main'])].sort();

  for (const limit of [1, 2, 3, 100]) {
    const pages = await listPages(store, limit);

    expect(pages.flat()).toEqual(expected);
    expect(Math.max(...pages.map(({ length }) => length))).toBeLessThanOrEqual(limit);
  }
});

test('the list has the default settings of main until it has a record', async () => {
  const { store } = await newStore();
  const main = aLocation({ locationId: 'main', name: 'Head office' });

  const before = await store.list({ limit: 5 });
  await store.replace(main);

  expect(before.items).toEqual([MAIN_DEFAULT]);
  expect((await store.list({ limit: 5 })).items).toEqual([main]);
});

test('an audit reads which locations of its SKUs have a record', async () => {
  const { audit, store, stock, deleteLocation } = await newAuditedStock();
  for (const locationId of ['annex', 'yard'])
    unwrap(
      await receiveStock(
        stock,
        receiveCommand({ operationId: locationId, locationId, createLocation: true }),
      ),
    );
  const recorded = async () =>
    [...(await audit.scanStockItems({ segment: 0, segments: 1 }, 10)).recordedLocationIds].sort();

  const before = await recorded();
  await deleteLocation('annex');
  const after = await recorded();
  await store.replace(aLocation({ locationId: 'annex' }));

  expect([before, after, await recorded()]).toEqual([['annex', 'yard'], ['yard'], before]);
});

test('an unreadable location is omitted from the list, and an audit of its stock reports it', async () => {
  const { store, stock, audit } = await newAuditedStock('alpha');
  unwrap(await receiveStock(stock, receiveCommand({ locationId: 'annex', createLocation: true })));
  await store.replace(aLocation({ version: 2, priority: -1 }));

  const { items } = await store.list({ limit: 10 });
  const { unreadable, recordedLocationIds } = await audit.scanStockItems(
    { segment: 0, segments: 1 },
    10,
  );

  expect(items.map(({ locationId }) => locationId)).toEqual(['alpha', 'main']);
  expect(unreadable).toMatchObject([
    {
      table: 'inventory',
      key: 'LOCATIONS LOCATION#annex',
      problem: 'priority: must be at least 0',
    },
  ]);
  expect([...recordedLocationIds]).toEqual(['annex']);
});

test('a cursor of another list is rejected', async () => {
  const { store } = await newStore();

  await expect(store.list({ limit: 5, cursor: 'abc' })).rejects.toThrow();
});
