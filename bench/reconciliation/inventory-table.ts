import { createTable, startDynamoDbLocal } from '../../local/dynamodb/dynamodb.ts';
import { inventoryTableProperties } from '../table-properties.ts';
import { type BenchTable, localTable } from './local-table.ts';

/** The inventory table as the app's template has it, on a DynamoDB Local of its own. */
export async function inventoryTable(): Promise<
  BenchTable & { readonly stop: () => Promise<void> }
> {
  const local = await startDynamoDbLocal({ busyFor: 'minutes' });
  const table = localTable(local.endpoint, 'inventory');
  const stop = async () => {
    table.client.destroy();
    await local.stop();
  };
  try {
    await createTable(local.endpoint, table.name, inventoryTableProperties());
    return { ...table, stop };
  } catch (fault) {
    await stop();
    throw fault;
  }
}
