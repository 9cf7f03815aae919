import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { fingerprintOf } from '../../lambdas/shared/core/fingerprint.ts';

export type Tables = { readonly endpoint: string; readonly names: readonly string[] };

/**
 * Returns a fingerprint of all items of the tables. It changes with every attribute, however deeply
 * nested, and not with the order of attributes or items.
 */
export async function fingerprintTables({ endpoint, names }: Tables): Promise<string> {
  const client = new DynamoDBClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const fingerprints: string[] = [];
  for (const TableName of names) {
    for await (const { Items = [] } of paginateScan(
      { client },
      { TableName, ConsistentRead: true },
    ))
      fingerprints.push(...Items.map(fingerprintOf));
  }
  client.destroy();
  return fingerprintOf(fingerprints.sort());
}

const SETTLE_MILLISECONDS = 300;
const SETTLE_ATTEMPTS_MAX = 400;

/**
 * Returns the fingerprint once it is stable, because sagas and streams continue after a write.
 */
export async function waitForStableFingerprint(tables: Tables): Promise<string> {
  let before = await fingerprintTables(tables);
  for (let attempt = 0; attempt < SETTLE_ATTEMPTS_MAX; attempt += 1) {
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MILLISECONDS));
    const now = await fingerprintTables(tables);
    if (now === before) return now;
    before = now;
  }
  throw new Error('The tables are still changing after two minutes.');
}
