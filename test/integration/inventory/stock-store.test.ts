import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import { expect, test } from 'vitest';
import { DynamoStockReader } from '../../../lambdas/inventory/adapters/dynamo-stock-reader.ts';
import { DynamoStockStore } from '../../../lambdas/inventory/adapters/dynamo-stock-store.ts';
import { reserveStock } from '../../../lambdas/inventory/use-cases/reservations/reserve-stock.ts';
import { listStock } from '../../../lambdas/inventory/use-cases/stock/read-stock.ts';
import {
  adjustStock,
  receiveStock,
} from '../../../lambdas/inventory/use-cases/stock/update-stock.ts';
import { createTestTable } from '../../support/dynamodb.ts';
import { context, NOON, reserveCommand, seconds, unwrap } from '../../support/inventory.ts';
import { MemoryStockStore } from '../../support/memory-stock-store.ts';
import { sourcingContract } from './locations/sourcing-contract.ts';
import { shardedStockContract } from './sharded-stock-contract.ts';
import { stockStoreContract } from './stock-store-contract.ts';

const INDEX = { name: 'skus', partitionKey: 'listedSku' };
const newTable = () => createTestTable('inventory', [INDEX]);

for (const contract of [stockStoreContract, shardedStockContract, sourcingContract]) {
  contract('the memory store', async () => new MemoryStockStore());
  contract('the table', async () => {
    const { client, tableName } = await newTable();
    return new DynamoStockStore(client, tableName);
  });
}

test('reserving two lines sends one BatchGetItem and one transaction', async () => {
  const { client, tableName } = await newTable();
  const store = new DynamoStockStore(client, tableName);
  for (const sku of ['tea', 'cup']) {
    await receiveStock(store, {
      ...context(),
      operationId: sku,
      fingerprint: sku,
      sku,
      quantity: 5,
      createSku: true,
    });
  }
  const sent: string[] = [];
  client.middlewareStack.add(
    (next, { commandName }) =>
      (input) => {
        sent.push(String(commandName));
        return next(input);
      },
    { step: 'initialize' },
  );

  const lines = [
    { sku: 'tea', quantity: 1 },
    { sku: 'cup', quantity: 1 },
  ];
  const held = await reserveStock(store, reserveCommand({ lines }));

  expect(held.ok).toBe(true);
  expect(sent).toEqual(['BatchGetItemCommand', 'TransactWriteItemsCommand']);
});

test('every change writes its movements into the cell, and their sum is the balance', async () => {
  const { client, tableName } = await newTable();
  const store = new DynamoStockStore(client, tableName);
  await receiveStock(store, {
    ...context(),
    operationId: 'in',
    fingerprint: 'in',
    sku: 'tea',
    quantity: 5,
    createSku: true,
  });
  await reserveStock(store, reserveCommand());
  const late = NOON + seconds(700);
  await reserveStock(
    store,
    reserveCommand({ reservationId: 'res-2', now: late, lines: [{ sku: 'tea', quantity: 1 }] }),
  );

  const { Items = [] } = await client.send(
    new QueryCommand({
      TableName: tableName,
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :move)',
      ExpressionAttributeValues: { ':pk': 'CELL#tea#main#0', ':move': 'MOVE#' },
    }),
  );

  expect(
    Items.map(({ movements }) =>
      movements.map(({ kind, quantity }: { kind: string; quantity: number }) => [kind, quantity]),
    ),
  ).toEqual([
    [['RECEIVED', 5]],
    [['RESERVED', 3]],
    [
      ['EXPIRED', 3],
      ['RESERVED', 1],
    ],
  ]);
});

test('movements of all locations are listed once each, newest first, over several pages', async () => {
  const { client, tableName } = await newTable();
  const store = new DynamoStockStore(client, tableName);
  const reader = new DynamoStockReader(client, { name: tableName, skuIndex: INDEX.name });
  for (let index = 0; index < 7; index += 1) {
    const operationId = `op-${index}`;
    const entry = {
      ...context({ now: NOON + seconds(index) }),
      operationId,
      fingerprint: operationId,
      sku: 'tea',
    };
    const locationId = index % 2 === 0 ? 'main' : 'annex';
    const created = { createSku: true, createLocation: true };
    await receiveStock(store, { ...entry, ...created, quantity: index + 1, locationId });
  }

  const seen: number[] = [];
  let cursor: string | undefined;
  do {
    const page = await reader.listMovements('tea', { limit: 3, cursor });
    seen.push(...(page?.items ?? []).map(({ quantity }) => quantity));
    cursor = page?.cursor;
  } while (cursor !== undefined);

  expect(seen).toEqual([7, 6, 5, 4, 3, 2, 1]);
  expect(await reader.listMovements('unknown', { limit: 3 })).toBeUndefined();
});

test('a page may end within the movements of one change', async () => {
  const { client, tableName } = await newTable();
  const store = new DynamoStockStore(client, tableName);
  const reader = new DynamoStockReader(client, { name: tableName, skuIndex: INDEX.name });
  await receiveStock(store, {
    ...context(),
    operationId: 'in',
    fingerprint: 'in',
    sku: 'tea',
    quantity: 5,
    createSku: true,
  });
  await reserveStock(store, reserveCommand());
  await adjustStock(store, {
    ...context({ now: NOON + seconds(700) }),
    operationId: 'out',
    fingerprint: 'out',
    sku: 'tea',
    delta: -5,
    reason: 'damaged',
  });

  const kinds: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await reader.listMovements('tea', { limit: 1, cursor });
    kinds.push(...(page?.items ?? []).map(({ kind }) => kind));
    cursor = page?.cursor;
  } while (cursor !== undefined);

  expect(kinds).toEqual(['ADJUSTED', 'EXPIRED', 'RESERVED', 'RECEIVED']);
});

test('SKUs are listed page by page with their stock', async () => {
  const { client, tableName } = await newTable();
  const store = new DynamoStockStore(client, tableName);
  const reader = new DynamoStockReader(client, { name: tableName, skuIndex: INDEX.name });
  for (const sku of ['a', 'b', 'c']) {
    await receiveStock(store, {
      ...context(),
      operationId: sku,
      fingerprint: sku,
      sku,
      quantity: 5,
      createSku: true,
    });
  }

  const first = unwrap(await listStock({ store, reader }, { limit: 2 }));
  const second = unwrap(await listStock({ store, reader }, { limit: 2, cursor: first.cursor }));

  expect(
    [...first.items, ...second.items].map(({ sku, cells }) => [sku, cells[0]?.available]).sort(),
  ).toEqual([
    ['a', 5],
    ['b', 5],
    ['c', 5],
  ]);
});
