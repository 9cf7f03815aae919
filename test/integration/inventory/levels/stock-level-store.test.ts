import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { expect, test } from 'vitest';
import { DynamoAuditReader } from '../../../../lambdas/inventory/adapters/dynamo-audit-reader.ts';
import { DynamoStockStore } from '../../../../lambdas/inventory/adapters/dynamo-stock-store.ts';
import { DynamoStockLevelStore } from '../../../../lambdas/inventory/adapters/levels/dynamo-stock-level-store.ts';
import { receiveStock } from '../../../../lambdas/inventory/use-cases/stock/update-stock.ts';
import { UnreadableRecordError } from '../../../../lambdas/shared/core/unreadable-record.ts';
import { createTestTable } from '../../../support/dynamodb.ts';
import { aStockLevel, NOON, receiveCommand } from '../../../support/inventory.ts';

async function newStore() {
  const { client, tableName } = await createTestTable('inventory');
  return { client, tableName, store: new DynamoStockLevelStore(client, tableName) };
}

test('levels are stored by version: the version before them must be the stored one', async () => {
  const { store } = await newStore();
  const first = aStockLevel({ wakeAt: NOON, total: { level: 'low', left: 2 } });

  expect(await store.replace(aStockLevel({ version: 2 }))).toBe(false);
  expect(await store.replace(first)).toBe(true);
  expect(await store.replace(aStockLevel())).toBe(false);
  expect(await store.read(['tea'])).toEqual(new Map([['tea', first]]));
  expect(await store.replace(aStockLevel({ version: 2 }))).toBe(true);
  expect(await store.readForDisplay(['tea'])).toEqual(
    new Map([['tea', aStockLevel({ version: 2 })]]),
  );
});

test('levels of several SKUs are read at once, each once, without those that have none', async () => {
  const { store } = await newStore();
  for (const sku of ['tea', 'cup']) await store.replace(aStockLevel({ sku }));

  expect([...(await store.readForDisplay(['tea', 'pot', 'cup', 'tea'])).keys()].sort()).toEqual([
    'cup',
    'tea',
  ]);
});

test('an unreadable record is omitted from what is shown, and fails a read for a decision', async () => {
  const { store, client, tableName } = await newStore();
  await store.replace(aStockLevel({ sku: 'cup' }));
  await client.send(
    new PutCommand({
      TableName: tableName,
      Item: { pk: 'SKU#tea', sk: 'LEVEL', type: 'stockLevel', sku: 'tea', total: 'many' },
    }),
  );

  expect([...(await store.readForDisplay(['tea', 'cup'])).keys()]).toEqual(['cup']);
  await expect(store.read(['tea', 'cup'])).rejects.toThrow(UnreadableRecordError);
});

test('an audit reports unreadable levels, and an unreadable sweep', async () => {
  const index = { name: 'skus', partitionKey: 'listedSku' };
  const { client, tableName } = await createTestTable('inventory', [index]);
  await receiveStock(new DynamoStockStore(client, tableName), receiveCommand());
  const audit = new DynamoAuditReader(client, {
    name: tableName,
    skuIndex: 'skus',
    operationIndex: 'unused',
  });
  const damaged = [
    { pk: 'SKU#tea', sk: 'LEVEL', type: 'stockLevel', sku: 'tea', total: 'many' },
    { pk: 'LOCATIONS', sk: 'SWEEP', type: 'levelSweep', dueAt: 'soon' },
  ];
  for (const Item of damaged) await client.send(new PutCommand({ TableName: tableName, Item }));

  const page = await audit.scanStockItems({ segment: 0, segments: 1 }, 10);

  expect(page.items.map(({ sku }) => sku)).toEqual(['tea']);
  expect(page.unreadable.map(({ key }) => key)).toEqual(['SKU#tea LEVEL', 'LOCATIONS SWEEP']);
});
