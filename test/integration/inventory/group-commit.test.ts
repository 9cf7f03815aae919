import { expect, test } from 'vitest';
import { DynamoStockStore } from '../../../lambdas/inventory/adapters/dynamo-stock-store.ts';
import { loadReservations, loadStock } from '../../../lambdas/inventory/use-cases/load-state.ts';
import {
  commitReservations,
  shipReservations,
} from '../../../lambdas/inventory/use-cases/reservations/group-commit.ts';
import { reserveStock } from '../../../lambdas/inventory/use-cases/reservations/reserve-stock.ts';
import { receiveStock } from '../../../lambdas/inventory/use-cases/stock/update-stock.ts';
import { createTestTable } from '../../support/dynamodb.ts';
import { commitCommand, context, receiveCommand, reserveCommand } from '../../support/inventory.ts';

const ORDERS = 60;
const ids = Array.from({ length: ORDERS }, (_, index) => `res-${index}`);

test('60 orders of one cell are committed in two transactions and shipped in two', async () => {
  const { client, tableName } = await createTestTable('inventory');
  const store = new DynamoStockStore(client, tableName);
  await receiveStock(store, receiveCommand({ quantity: ORDERS * 2 }));
  for (const reservationId of ids)
    await reserveStock(
      store,
      reserveCommand({ reservationId, lines: [{ sku: 'tea', quantity: 2 }] }),
    );
  let transactions = 0;
  client.middlewareStack.add(
    (next, { commandName }) =>
      (args) => {
        if (commandName === 'TransactWriteItemsCommand') transactions += 1;
        return next(args);
      },
    { step: 'initialize', name: 'countTransactions' },
  );

  await commitReservations(
    store,
    ids.map((reservationId) => commitCommand({ reservationId })),
  );
  const committed = (await loadStock(store, 'tea')).cells.get('tea#main#0');
  const afterCommits = transactions;
  await shipReservations(
    store,
    ids.map((reservationId) => ({ ...context(), reservationId })),
  );

  const shipped = await loadReservations(store, ids);
  expect(committed).toMatchObject({ available: 0, committed: ORDERS * 2 });
  expect([afterCommits, transactions]).toEqual([2, 4]);
  expect(shipped.cells.get('tea#main#0')).toMatchObject({ available: 0, committed: 0 });
  expect(new Set([...shipped.reservations.values()].map(({ status }) => status))).toEqual(
    new Set(['FULFILLED']),
  );
});
