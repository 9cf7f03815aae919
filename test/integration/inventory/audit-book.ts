import { DynamoAuditReader } from '../../../lambdas/inventory/adapters/dynamo-audit-reader.ts';
import { DynamoStockReader } from '../../../lambdas/inventory/adapters/dynamo-stock-reader.ts';
import { DynamoStockStore } from '../../../lambdas/inventory/adapters/dynamo-stock-store.ts';
import { runCellAudit } from '../../../lambdas/inventory/use-cases/audit/audit-cells.ts';
import { receiveStock } from '../../../lambdas/inventory/use-cases/stock/update-stock.ts';
import { createTestTable } from '../../support/dynamodb.ts';
import { context, NOON, receiveCommand, seconds, unwrap } from '../../support/inventory.ts';

export const HOUR = seconds(3_600);

export let store: DynamoStockStore;
export let reader: DynamoAuditReader;
export let stock: DynamoStockReader;
/** Commands that the client sent, each with the number of items in its response. */
export let reads: string[];

/** Creates an empty table, and the store and readers of it that this file exports. */
export async function createBook(): Promise<void> {
  const { tableName, client } = await createTestTable('inventory', [
    { name: 'skus', partitionKey: 'listedSku' },
    { name: 'operations', partitionKey: 'operationCell', sortKey: 'at', sortKeyType: 'N' },
  ]);
  reads = [];
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        const result = await next(args);
        const { Count } = result.output as { Count?: number };
        reads.push(`${commandName} ${Count ?? ''}`.trim());
        return result;
      },
    { step: 'initialize', name: 'record' },
  );
  store = new DynamoStockStore(client, tableName);
  stock = new DynamoStockReader(client, { name: tableName, skuIndex: 'skus' });
  reader = new DynamoAuditReader(client, {
    name: tableName,
    skuIndex: 'skus',
    operationIndex: 'operations',
  });
}

export const receive = (sku: string, quantity: number, at = NOON, operationId = `${sku}-${at}`) =>
  receiveStock(store, receiveCommand({ ...context({ now: at }), sku, quantity, operationId }));
export const auditOf = async (query: Partial<Parameters<typeof runCellAudit>[1]>, now = NOON) =>
  unwrap(await runCellAudit(reader, { segment: 0, segments: 1, ...query }, now, () => now));
