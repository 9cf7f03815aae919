import { DeleteCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { expect, test } from 'vitest';
import { CellAuditPage } from '../../../lambdas/contracts/api/audit.ts';
import { RepairCellRequest } from '../../../lambdas/contracts/api/repair.ts';
import { DynamoAuditReader } from '../../../lambdas/inventory/adapters/dynamo-audit-reader.ts';
import { DynamoStockReader } from '../../../lambdas/inventory/adapters/dynamo-stock-reader.ts';
import { DynamoStockStore } from '../../../lambdas/inventory/adapters/dynamo-stock-store.ts';
import { toCellAuditPage } from '../../../lambdas/inventory/presenters/audit-views.ts';
import { runCellAudit } from '../../../lambdas/inventory/use-cases/audit/audit-cells.ts';
import { repairCell } from '../../../lambdas/inventory/use-cases/audit/repair-stock.ts';
import { rebalanceStock } from '../../../lambdas/inventory/use-cases/sharding/rebalance-stock.ts';
import { putStock, receiveStock } from '../../../lambdas/inventory/use-cases/stock/update-stock.ts';
import { createTestTable } from '../../support/dynamodb.ts';
import { context, NOON, receiveCommand, seconds, unwrap } from '../../support/inventory.ts';

const LATER = NOON + seconds(3_600);
const INDEXES = { skuIndex: 'skus', operationIndex: 'operations' };

/**
 * Creates a SKU with ten units over two cells. `lose` deletes the movements of a cell's transfers.
 */
async function createRebalancedSku() {
  const { client, tableName } = await createTestTable('inventory', [
    { name: 'skus', partitionKey: 'listedSku' },
    { name: 'operations', partitionKey: 'operationCell', sortKey: 'at', sortKeyType: 'N' },
  ]);
  const store = new DynamoStockStore(client, tableName);
  const reader = new DynamoAuditReader(client, { name: tableName, ...INDEXES });
  const stock = new DynamoStockReader(client, { name: tableName, skuIndex: 'skus' });
  await receiveStock(store, receiveCommand({ quantity: 10 }));
  await putStock(store, { ...context(), sku: 'tea', shardCount: 2 });
  await rebalanceStock(store, { ...context(), sku: 'tea' });
  const lose = async (shard: number): Promise<void> => {
    const { Items = [] } = await client.send(
      new QueryCommand({
        TableName: tableName,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :move)',
        ExpressionAttributeValues: { ':pk': `CELL#tea#main#${shard}`, ':move': 'MOVE#' },
      }),
    );
    for (const { pk, sk } of Items.filter((item) => String(item.sk).includes('#transfer#')))
      await client.send(new DeleteCommand({ TableName: tableName, Key: { pk, sk } }));
  };
  /** Returns the disagreements as the reconciler receives them over HTTP. */
  const found = async () => {
    const page = unwrap(
      await runCellAudit(reader, { segment: 0, segments: 1 }, LATER, () => LATER),
    );
    return CellAuditPage.parse(JSON.parse(JSON.stringify(toCellAuditPage(page)))).disagreements;
  };
  return { store, stock, lose, found };
}

test.each([
  ['out of', 0, { from: { account: 'available' }, to: { account: 'available', shard: 1 } }],
  ['into', 1, { from: { account: 'available', shard: 0 }, to: { account: 'available' } }],
])(
  'the lost half of a transfer %s a cell is found and restored unchanged',
  async (_way, shard, places) => {
    const { store, stock, lose, found } = await createRebalancedSku();
    const before = await stock.listMovements('tea', { limit: 10 });
    await lose(shard);

    const [missing, ...others] = await found();
    if (missing?.kind !== 'MOVEMENT_MISSING') throw new Error(`found ${JSON.stringify(missing)}`);
    const { cell, version, lost } = missing;
    const request = RepairCellRequest.parse({
      findingId: 'fnd-1',
      version,
      cell,
      repair: { action: 'restore', lost },
    });
    unwrap(await repairCell(store, { ...request, ...context({ now: LATER }), fingerprint: '' }));

    expect(others).toEqual([]);
    expect(missing).toMatchObject({
      isRestorable: true,
      lost: [{ kind: 'TRANSFERRED', quantity: 5, ...places }],
    });
    expect(await found()).toEqual([]);
    const after = await stock.listMovements('tea', { limit: 10 });
    const shown = (page: typeof before) =>
      page?.items
        .map(({ movementId, from, to, shard }) => JSON.stringify([movementId, from, to, shard]))
        .sort();
    expect(shown(after)).toEqual(shown(before));
  },
);
