import { createTable, startDynamoDbLocal } from '../../local/dynamodb/dynamodb.ts';
import { inventoryTableProperties } from '../table-properties.ts';
import { type BenchTable, openLocalTable } from './local-table.ts';

/** Creates the inventory table of the app's template, in a separate DynamoDB Local. */
export async function createInventoryTable(): Promise<
  BenchTable & { readonly stop: () => Promise<void> }
> {
  const local = await startDynamoDbLocal({ busyFor: 'minutes' });
  const table = openLocalTable(local.endpoint, 'inventory');
  const stop = async () => {
    table.client.destroy();
    await local.stop();
  };
  try {
    await createTable(local.endpoint, table.name, inventoryTableProperties());
    return { ...table, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
